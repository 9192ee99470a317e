"""The front door: front page, fixed pages, sitemap."""
