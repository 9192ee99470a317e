-- What wrk sends: plain requests or, given a file, each of its lines ("signature TAB body") once. Reports as JSON.

local lines = {}
local sent = 0

function setup(thread)
   made = thread
end

function init(arguments)
   if arguments[1] then
      for line in io.lines(arguments[1]) do
         lines[#lines + 1] = line
      end
   end
end

function request()
   if #lines == 0 then
      return wrk.format("GET")
   end
   sent = sent + 1
   if sent > #lines then
      wrk.thread:stop()
      sent = #lines
   end
   local signature, body = lines[sent]:match("^(.-)\t(.*)$")
   return wrk.format("POST", nil, {
      ["Content-Type"] = "application/x-www-form-urlencoded",
      ["X-Twilio-Signature"] = signature,
   }, body)
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format(
      'RESULT {"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "refused": %d, "broken": %d}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
      errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
