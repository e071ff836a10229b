"""The web application: which address does what, the form that was sent, the headers of every answer, and failures."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from leadrelay.errors import DatabaseBusy, NoDatabase
from leadrelay.links import Purpose
from leadrelay.project import Project
from leadrelay.store.raw import Statement
from leadrelay.web.acting import INTERNAL, Acting, Answer
from leadrelay.web.doors import add_doors
from leadrelay.web.pages import headers
from leadrelay.web.words import preferred

LONGEST_FORM = 10_000
"""So many bytes a form may have."""
_LOOK = ["GET", "HEAD"]
_ALIVE = Statement("SELECT 1")


async def form(request: Request) -> dict[str, str]:
    """What a form says; of a name that comes twice, the last. Raises HTTPException 413 when it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            raise HTTPException(413)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50))


Form = Annotated[dict[str, str], Depends(form)]
Spoken = Callable[[Request], str]
"""The language that whoever asks would like."""


def create_app(project: Project) -> FastAPI:
    """The pages of a project. Raises BadSettings for a secret that is too short."""
    app = FastAPI(title="leadrelay", docs_url=None, redoc_url=None, openapi_url=None)
    acting = Acting(project)
    company = project.settings.company.language

    def language_of(request: Request) -> str:
        return preferred(request.headers.get("accept-language", ""), company)

    @app.middleware("http")
    async def guard(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        answer = await go_on(request)
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

    @app.exception_handler(Exception)
    def unforeseen(request: Request, _error: Exception) -> HTMLResponse:
        return _shown(acting.sorry("busy", 500, language_of(request)), headers())


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


def _shown(answer: Answer, more: Mapping[str, str] | None = None) -> HTMLResponse:
    return HTMLResponse(answer.html, answer.status, headers=more)
