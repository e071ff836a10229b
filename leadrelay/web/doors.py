"""The addresses at which requests and webhooks are handed in, and how what comes of it is answered."""

from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from leadrelay.errors import LeadrelayError
from leadrelay.project import Project
from leadrelay.web.credentials import Caller
from leadrelay.web.handed_in import ACK, LONGEST_BODY, TOO_LARGE, Reply, Sorry, hand_in, hook, sorry_for


def add_doors(app: FastAPI, project: Project) -> None:
    """Adds the intake API and the webhooks of a project to its web application."""

    @app.post("/api/requests")
    async def requests(request: Request) -> Response:
        return await _answered(request, project, lambda caller: hand_in(project, caller))

    @app.post("/hooks/{names}")
    async def hooks(request: Request, names: str) -> Response:
        return await _answered(request, project, lambda caller: hook(project, names, caller))

    @app.post("/hooks/{names}/{token}")
    async def hooks_with_token(request: Request, names: str, token: str) -> Response:
        return await _answered(request, project, lambda caller: hook(project, names, caller), token)


async def _answered(request: Request, project: Project, work: Callable[[Caller], Reply], in_path: str = "") -> Response:
    try:
        caller = await _caller(request, project, in_path)
        reply = await run_in_threadpool(work, caller)
    except Sorry as error:
        reply = error.reply
    except LeadrelayError as error:
        reply = sorry_for(error)
    if reply.ack:
        return Response(ACK, reply.status, media_type="text/xml")
    headers = {"idempotency-replayed": "true"} if reply.again else {}
    if reply.status == 503:
        headers["retry-after"] = "60"
    return JSONResponse(reply.body, reply.status, headers)


async def _caller(request: Request, project: Project, in_path: str) -> Caller:
    """The call, as far as it is not too large. Raises Sorry."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            raise TOO_LARGE
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Caller(
        method=request.method,
        url=project.settings.base_url + path,
        host=request.client.host if request.client else "",
        headers={name.lower(): value for name, value in request.headers.items()},
        query=dict(request.query_params),
        body=bytes(body),
        in_path=in_path,
    )
