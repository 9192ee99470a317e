"""Everything that the feature organisations brings to the portal."""

from portal.core.feature import Feature
from portal.organisations import organisations, pages

FEATURE = Feature(
    blueprints=(pages.blueprint,),
    audited=(organisations.AUDITED,),
    kept=(("organizations and offices", "as long as the portal runs: promises are made by offices, not by persons"),),
)
