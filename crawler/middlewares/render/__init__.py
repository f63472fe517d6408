"""Pages whose images only scripts put there, read through Chromium: the extra `render`.

The page itself is fetched by Scrapy like any other, so robots.txt, scope, redirects, authorisation, limits and
retries hold unchanged. Chromium gets those bytes as the answer to its navigation, runs the scripts, scrolls,
and hands back the tree that a visitor would see.
"""
