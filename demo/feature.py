"""Everything that the demonstration brings to the portal."""

from demo import cli, figures, pages, writing
from portal.core.feature import Feature
from portal.indicators.freezing import BEFORE_SNAPSHOT

FEATURE = Feature(
    blueprints=(pages.guide_blueprint, pages.phone_blueprint),
    hooks=(BEFORE_SNAPSHOT.plug(figures.freeze_earlier),),
    commands=(cli.commands,),
    start=writing.start,
)
