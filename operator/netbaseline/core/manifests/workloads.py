"""The kinds that make pods: where each has its template, and which of them hand their pods on to an owner."""

from dataclasses import dataclass

from pydantic import Field

from netbaseline.core.manifests.fields import Count, Metadata, Read
from netbaseline.core.manifests.given import Given, reading
from netbaseline.core.manifests.pods import Facts, PodTemplate, template_facts

HANDED_ON = ("ReplicaSet", "ReplicationController", "Job")
"""Their controller is the workload that people know: a Deployment, a DeploymentConfig, a CronJob. The others are it."""
FINISHED = ("Complete", "Failed")


class _Spec(Read):
    replicas: Count | None = None
    template: PodTemplate = Field(default_factory=PodTemplate)


class _Condition(Read):
    type: str = ""
    status: str = ""


class _Status(Read):
    conditions: list[_Condition] | None = None


class _Workload(Read):
    metadata: Metadata
    spec: _Spec
    status: _Status | None = None


class _JobTemplate(Read):
    spec: _Spec


class _CronJobSpec(Read):
    job_template: _JobTemplate


class _CronJob(Read):
    metadata: Metadata
    spec: _CronJobSpec


@dataclass(frozen=True, slots=True)
class Template:
    """What a workload says of its pods. `scaled_down` is true of one that has none on purpose."""

    metadata: Metadata
    facts: Facts
    scaled_down: bool = False
    finished: bool = False


def template_of(given: Given, kind: str) -> Template:
    """The template of a workload. Raises Refused."""
    with reading(given):
        if kind == "CronJob":
            cron = _CronJob.model_validate(given.content)
            return Template(cron.metadata, template_facts(cron.spec.job_template.spec.template))
        found = _Workload.model_validate(given.content)
        conditions = found.status.conditions if found.status is not None else None
        return Template(
            found.metadata,
            template_facts(found.spec.template),
            scaled_down=found.spec.replicas == 0,
            finished=kind == "Job"
            and any(item.type in FINISHED and item.status == "True" for item in conditions or ()),
        )
