-- What wrk sends for the mixed profile: each line of a file once, as "method TAB path TAB headers TAB body"; headers have
-- \1 between them. Given a number too, each connection waits for so many milliseconds before it asks again.

local lines = {}
local sent = 0
local pause = 0

function init(arguments)
   for line in io.lines(arguments[1]) do
      lines[#lines + 1] = line
   end
   pause = tonumber(arguments[2] or "0")
   if pause > 0 then
      -- Not all at the same time.
      delay = function() return math.random(0, 2 * pause) end
   end
end

function request()
   sent = sent + 1
   if sent > #lines then
      wrk.thread:stop()
      sent = #lines
   end
   local method, path, extra, body = lines[sent]:match("^(.-)\t(.-)\t(.-)\t(.*)$")
   local headers = {}
   for name, value in pairs(wrk.headers) do
      headers[name] = value
   end
   for name, value in extra:gmatch("([^:\1]+): ([^\1]*)") do
      headers[name] = value
   end
   if method == "POST" then
      headers["Content-Type"] = "application/x-www-form-urlencoded"
   end
   return wrk.format(method, path, headers, body ~= "" and body or nil)
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format(
      'RESULT {"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "refused": %d, "broken": %d}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
      errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
