"""The web pages: what people see in a browser. They read; what a person decides goes through the engine.

    app.py        `create_app`: an ASGI application, mountable in another one
    site.py       what stays from request to request: database, templates, sign-in, clock
    visit.py      one request: who looks, one snapshot of the database, locale and zone
    routing.py    `page`: a function of a visit as a route, with its access and its errors
    tags.py       whether the page that a browser kept is still the one it would get
    live/         pages that are told what was written; wall_scenes.py: what a wall shows
    render.py     templates, and numbers and dates in the reader's locale
    headers.py    the headers of every answer
    pages/        one module a page, each with its `ROUTES`
    templates/    one template a page, and the parts that several show
    static/       styles, scripts and icons; nothing comes from another host
    locale/       translations

Needs the extra `web`. Everything that can be seen is in the table of `novigem.access`.
"""
