"""Tables of routes: a pattern of path segments, where "*" is any one and handed on, and methods."""

from wire import plain_error


def match(routes, segments):
    for pattern, methods in routes.items():
        if len(pattern) == len(segments) and all(
                p in ("*", s) for p, s in zip(pattern, segments)):
            return methods, [s for p, s in zip(pattern, segments) if p == "*"]
    return None, []


def dispatch(routes, segments, request, app):
    """Call handler(app, request, *segments that "*" stood for); None when the path is unknown."""
    methods, given = match(routes, segments)
    if methods is None:
        return None
    handler = methods.get("GET" if request.method == "HEAD" else request.method)
    if handler is None:
        return plain_error(405, "Method Not Allowed", {"Allow": ", ".join(sorted(methods))})
    return handler(app, request, *given)
