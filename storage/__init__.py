"""Everything below the screen: models, cache, sync, figures and queries. Never imports textual or rich."""
