"""What the product says to the outside: an API, pages and what it does by itself, over one floor of HTTP.

`application.build_service` puts the faces together over a desk, `server.serve_service` serves them.
"""
