"""The routes, by what they are about."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from goodstanding.service.api.routes import (
    answers,
    authorising,
    cases,
    consents,
    deliveries,
    health,
    log,
    me,
    oauth,
    operators,
    parties,
    passkeys,
    people,
    programmes,
    records,
    scores,
    signing_in,
    tiles,
)

ROUTES: Sequence[HTTPRouteHandler] = [
    handler
    for room in (
        health,
        oauth,
        authorising,
        signing_in,
        people,
        me,
        passkeys,
        scores,
        consents,
        answers,
        cases,
        records,
        deliveries,
        programmes,
        parties,
        operators,
        log,
        tiles,
    )
    for handler in room.ROUTES
]
