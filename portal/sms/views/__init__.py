"""The provider's room and the public page about text messages."""

from portal.sms.views.about import room as about
from portal.sms.views.inbound import room as inbound

ROOMS = (inbound, about)
