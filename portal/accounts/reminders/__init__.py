"""How members are reminded of days that come: by mail, by text if they gave a number for that, or not at all."""
