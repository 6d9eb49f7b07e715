"""All rules. The list is the documentation: `docs/lint.md` is made from it.

NB1xx are about who is selected, NB2xx about what is isolated, NB3xx about ports, NB4xx about the people behind a
policy, NB5xx about NetworkBaselines, NB9xx about suppressions. An id is never used again for something else.
"""

from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.rules import (
    and_or,
    baseline_idle,
    caller_only,
    contradiction,
    dns_blocked,
    dns_elsewhere,
    dns_udp_only,
    except_outside,
    except_readmitted,
    handmade_label,
    host_network,
    ingress_backend,
    ipv4_only,
    left_open,
    namespaces_unmatched,
    no_policy,
    not_in_force,
    open_anyway,
    peer_unmatched,
    pods_unmatched,
    policy_types,
    port_name,
    redundant,
    review_overdue,
    service_port,
    unowned,
    world_open,
)
from netbaseline.core.lint.suppressions import NO_REASON, NOTHING_TO_SUPPRESS, UNKNOWN_ID

IN_ORDER: tuple[Rule, ...] = (
    pods_unmatched.RULE,
    namespaces_unmatched.RULE,
    peer_unmatched.RULE,
    handmade_label.RULE,
    and_or.RULE,
    except_readmitted.RULE,
    except_outside.RULE,
    ipv4_only.RULE,
    host_network.RULE,
    contradiction.RULE,
    policy_types.RULE,
    not_in_force.RULE,
    dns_blocked.RULE,
    dns_udp_only.RULE,
    caller_only.RULE,
    left_open.RULE,
    no_policy.RULE,
    open_anyway.RULE,
    world_open.RULE,
    redundant.RULE,
    dns_elsewhere.RULE,
    service_port.RULE,
    port_name.RULE,
    ingress_backend.RULE,
    unowned.RULE,
    review_overdue.RULE,
    baseline_idle.RULE,
    NO_REASON,
    NOTHING_TO_SUPPRESS,
    UNKNOWN_ID,
)

BY_ID = {rule.id: rule for rule in IN_ORDER}


def chosen(select: tuple[str, ...], ignore: tuple[str, ...]) -> tuple[Rule, ...]:
    """Rules whose id starts with one of `select` (all, where it is empty) and with none of `ignore`.

    Raises ValueError for a prefix that no rule has.
    """
    for prefix in (*select, *ignore):
        if not prefix or not any(rule.id.startswith(prefix) for rule in IN_ORDER):
            raise ValueError(f"no rule's id starts with {prefix!r}; `netbaseline lint --list-rules` lists them")
    return tuple(
        rule
        for rule in IN_ORDER
        if (not select or rule.id.startswith(select)) and not rule.id.startswith(ignore or "-")
    )
