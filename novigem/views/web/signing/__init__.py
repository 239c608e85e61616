"""Signing in: who comes in, by which way, and until when.

    settings.py   the table `[web]` of novigem.toml, checked
    identity.py   from what a way of signing in tells to a person, their roles and their reports
    sessions.py   the cookie, the session behind it, and who looks
    provider.py   OpenID Connect with PKCE, for Salesforce and every other provider
    mail.py       links by mail, each for one use
    limiting.py   how often somebody may try
    agents.py     what a browser calls itself, in short
    signing.py    all of it together, as a site is given it

It knows no page; the pages are `signing_in` and `settings` beside it, in `pages`.
"""
