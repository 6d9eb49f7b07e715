"""The exposition against the table of metrics; the page is made from the table, too."""

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from netbaseline.exporter.metrics import PREFIX, TABLE, Described, Metrics, Sample


def samples(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """Label values, by the order of their names, to value, for the samples called `name`."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
        if sample.name == f"{PREFIX}{name}"
    }


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_names_follow_the_conventions_of_prometheus(row: Described) -> None:
    assert row.name == row.name.lower()
    assert not row.name.endswith("_total")
    assert row.name.endswith("_seconds") or row.kind != "histogram"
    assert row.help.endswith(".")


def test_every_family_has_the_type_and_the_help_of_the_table() -> None:
    families = {item.name: item for item in text_string_to_metric_families(Metrics("1").text().decode())}
    assert families.keys() == {f"{PREFIX}{row.name}" for row in TABLE}
    for row in TABLE:
        found = families[f"{PREFIX}{row.name}"]
        assert (found.type, found.documentation) == (row.kind, row.help)


def test_counters_and_histograms_add_up() -> None:
    metrics = Metrics("1")
    for _ in range(3):
        metrics.count("reconcile", "written")
    metrics.observe("heal_duration_seconds", 0.3)
    metrics.observe("heal_duration_seconds", 0.7)
    assert samples(metrics, "reconcile_total") == {("written",): 3}
    assert samples(metrics, "heal_duration_seconds_count") == {(): 2}
    assert samples(metrics, "heal_duration_seconds_sum") == {(): 1.0}


def test_a_rate_of_drift_has_a_zero_to_start_from() -> None:
    assert set(samples(Metrics("1"), "drift_detected_total").values()) == {0}
    assert {"missing", "modified", "orphaned"} <= {
        labels[0] for labels in samples(Metrics("1"), "drift_corrected_total")
    }


def test_a_sampled_gauge_leaves_no_series_of_what_is_gone() -> None:
    metrics = Metrics("1")
    found = [Sample("baseline_review_age_seconds", 5, ("shop", "default"))]

    def sampler() -> Iterator[Sample]:
        yield from found

    metrics.sample_with(sampler)
    assert samples(metrics, "baseline_review_age_seconds") == {("default", "shop"): 5}
    found.clear()
    assert samples(metrics, "baseline_review_age_seconds") == {}


def test_values_that_are_nobodys_default_are_told_at_once() -> None:
    metrics = Metrics("1.2.3")
    assert samples(metrics, "build_info") == {("1.2.3",): 1}


def test_two_operators_in_a_process_count_apart() -> None:
    one, other = Metrics("1"), Metrics("1")
    one.count("reconcile", "error")
    assert samples(other, "reconcile_total") == {}
