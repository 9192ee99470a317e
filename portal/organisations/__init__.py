"""The organisations feature: organisations and their offices, which make promises and take part in sessions."""

from portal.core.feature import Feature
from portal.organisations import organisations, pages

FEATURE = Feature(
    blueprints=(pages.blueprint,),
    audited=(organisations.AUDITED,),
    kept=(("organizations and offices", "as long as the portal runs: promises are made by offices, not by persons"),),
)
