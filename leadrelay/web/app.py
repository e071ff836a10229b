"""The web application: which address does what, the form that was sent, the headers of every answer, and failures."""

from collections.abc import Awaitable, Callable, Mapping
from logging import Logger
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect

from leadrelay.errors import DatabaseBusy, NoDatabase
from leadrelay.links import Purpose
from leadrelay.project import Project
from leadrelay.store.raw import Statement
from leadrelay.web.acting import INTERNAL, Acting, Answer
from leadrelay.web.doors import add_doors
from leadrelay.web.guesses import RETRY_AFTER, Guesses
from leadrelay.web.pages import headers
from leadrelay.web.words import preferred

LONGEST_FORM = 10_000
"""So many bytes a form may have."""
MOST_FIELDS = 50
WRONG = frozenset((401, 403))
"""Answers to a key or link that is not right."""
_LOOK = ["GET", "HEAD"]
_ALIVE = Statement("SELECT 1")


async def form(request: Request) -> dict[str, str]:
    """What a form says; of a name that comes twice, the last. Raises HTTPException 413 when it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            raise HTTPException(413)
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:  # it counts the fields before it reads them
        raise HTTPException(413) from error
    return dict(pairs)


Form = Annotated[dict[str, str], Depends(form)]
Spoken = Callable[[Request], str]
"""The language that whoever asks would like."""


def create_app(project: Project, say: Callable[[str], None], logger: Logger) -> FastAPI:
    """The pages of a project; `say` tells the terminal who tries keys, `logger` what nobody foresaw."""
    # No redirects to add or take away a slash: they would go wherever the caller's Host header says.
    app = FastAPI(title="leadrelay", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    guesses = Guesses(say)
    acting = Acting(project)
    company = project.settings.company.language

    def language_of(request: Request) -> str:
        return preferred(request.headers.get("accept-language", ""), company)

    @app.middleware("http")
    async def guard(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        try:
            answer = await go_on(request)
        except ClientDisconnect:
            return Response(status_code=400)  # to nobody
        except Exception as error:
            logger.error("unforeseen", exc_info=error)
            answer = _shown(acting.sorry("busy", 500, language_of(request)))
        if answer.status_code in WRONG and await guesses.wrong(request.client.host if request.client else ""):
            answer = _slower(answer)
        answer.headers.update(headers())
        return answer

    @app.api_route("/health", methods=_LOOK)
    def health() -> JSONResponse:
        with project.database.read() as conn:
            _ALIVE.rows(conn)
        return JSONResponse({"status": "ok"})

    _add_failures(app, acting, language_of)
    _add_links(app, acting, language_of)
    add_doors(app, project)
    return app


def _add_failures(app: FastAPI, acting: Acting, language_of: Spoken) -> None:
    """What is shown when something cannot be."""

    @app.exception_handler(StarletteHTTPException)
    def refused(request: Request, error: StarletteHTTPException) -> HTMLResponse:
        word = "too_much" if error.status_code == 413 else "no_page"
        return _shown(acting.sorry(word, error.status_code, language_of(request)), error.headers)

    @app.exception_handler(DatabaseBusy)
    @app.exception_handler(NoDatabase)
    def busy(request: Request, _error: Exception) -> HTMLResponse:
        return _shown(acting.sorry("busy", 503, language_of(request)), {"retry-after": "60"})


def _add_links(app: FastAPI, acting: Acting, language_of: Spoken) -> None:
    """The pages behind the links in messages: looking changes nothing, posting acts."""

    @app.api_route("/act/{token}", methods=_LOOK)
    def ask(token: str, request: Request) -> HTMLResponse:
        return _shown(acting.ask(token, INTERNAL, language_of(request)))

    @app.post("/act/{token}")
    def act(token: str, chosen: Form, request: Request) -> HTMLResponse:
        return _shown(acting.act(token, INTERNAL, chosen, language_of(request)))

    @app.api_route("/unsubscribe/{token}", methods=_LOOK)
    def ask_to_leave(token: str, request: Request) -> HTMLResponse:
        return _shown(acting.ask(token, (Purpose.UNSUBSCRIBE,), language_of(request)))

    @app.post("/unsubscribe/{token}")  # RFC 8058: mail programs post 'List-Unsubscribe=One-Click', and ask nobody
    def leave(token: str, chosen: Form, request: Request) -> HTMLResponse:
        return _shown(acting.act(token, (Purpose.UNSUBSCRIBE,), chosen, language_of(request)))


def _slower(answer: Response) -> Response:
    """The answer to whoever shows one wrong key after the other; a page goes on saying what is wrong with the link."""
    if not answer.headers.get("content-type", "").startswith("application/json"):
        return answer
    body = {"error": {"code": "too_many", "message": "Too many wrong keys came from this address."}}
    return JSONResponse(body, 429, {"retry-after": str(RETRY_AFTER)})


def _shown(answer: Answer, more: Mapping[str, str] | None = None) -> HTMLResponse:
    return HTMLResponse(answer.html, answer.status, headers=more)
