"""What we ask those who prepare a call-in."""

from portal.partners.callin.forms.evening import CallInForm, DoorForm, EndForm, ItemForm, OfferForm, StepForm, VoiceForm
from portal.partners.callin.forms.run import RunForm, run_form

__all__ = ["CallInForm", "DoorForm", "EndForm", "ItemForm", "OfferForm", "RunForm", "StepForm", "VoiceForm", "run_form"]
