"""The routes, by what they are about."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from goodstanding.service.api.routes import (
    answer_routes,
    case_routes,
    consent_request_routes,
    consent_routes,
    delivery_routes,
    health_routes,
    log_routes,
    me_routes,
    oauth_routes,
    operator_routes,
    party_routes,
    passkey_routes,
    person_routes,
    programme_routes,
    record_routes,
    score_routes,
    sign_in_routes,
    tile_routes,
)

ROUTES: Sequence[HTTPRouteHandler] = [
    handler
    for about in (
        health_routes,
        oauth_routes,
        consent_request_routes,
        sign_in_routes,
        person_routes,
        me_routes,
        passkey_routes,
        score_routes,
        consent_routes,
        answer_routes,
        case_routes,
        record_routes,
        delivery_routes,
        programme_routes,
        party_routes,
        operator_routes,
        log_routes,
        tile_routes,
    )
    for handler in about.ROUTES
]
