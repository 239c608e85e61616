"""Bulk API 2.0 query jobs."""

from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.http import CSV, Response, answer_json
from novigem_sandbox.org.routes.call import Call

_LONGEST_NUMBER = 9


def create(call: Call) -> Response:
    """Take a job."""
    return answer_json(call.org.jobs.create(call.request.json(), version=call.version, by=call.user).told())


def state(call: Call, job_id: str) -> Response:
    """Tell how far a job is."""
    job = call.org.jobs.ask(job_id)
    done = {"numberRecordsProcessed": len(job.rows), "retries": 0, "totalProcessingTime": 100}
    return answer_json(job.told() | (done if job.state == "JobComplete" else {}))


def jobs(call: Call) -> Response:
    """List the jobs."""
    return answer_json({"done": True, "records": [job.told() for job in call.org.jobs.all()], "nextRecordsUrl": None})


def change(call: Call, job_id: str) -> Response:
    """Abort a job."""
    if call.request.json().get("state") != "Aborted":
        raise Refusal("INVALIDJOBSTATE", "a query job can only be set to Aborted")
    return answer_json(call.org.jobs.abort(job_id).told())


def delete(call: Call, job_id: str) -> Response:
    """Forget a job."""
    call.org.jobs.delete(job_id)
    return Response(204)


def results(call: Call, job_id: str) -> Response:
    """Give a part of the rows of a job as CSV."""
    if call.org.jobs.find(job_id).version != call.version:
        message = "The API version of the request does not match the job's"
        raise Refusal("API_ERROR", message, status=409)
    most = call.request.query.get("maxRecords")
    if most is not None and not (most.isdigit() and len(most) <= _LONGEST_NUMBER and int(most) > 0):
        raise Refusal("INVALID_PARAMETER_VALUE", f"maxRecords is not a number above zero: {most[:40]}")
    locator = call.request.query.get("locator")
    body, count, following = call.org.jobs.results(job_id, locator, None if most is None else int(most))
    headers = {"Sforce-NumberOfRecords": str(count), "Sforce-Locator": following or "null"}
    return Response(200, body, CSV, headers)
