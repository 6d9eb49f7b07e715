"""What a cluster has besides its nodes, as its installer brings it: who enforces NetworkPolicies, and the DNS.

Enforced is by kube-network-policies of Kubernetes' SIG Network, which gives a verdict on the first packet of each
connection. The kernel has to hand these packets over. kube-network-policies writes rules of nftables for that, which a
kernel built without CONFIG_NFT_QUEUE refuses; so the same is asked here by iptables, whose NFQUEUE is another option
of the kernel (CONFIG_NETFILTER_XT_TARGET_NFQUEUE). Where a kernel takes both, a packet is judged twice, and the same.
"""

from pathlib import Path

from tests.e2e.errors import E2EError, run
from tests.e2e.settings import DNS_ADDRESS, NODE, POD_RANGE
from tests.e2e.stand_ins import COREDNS, ENFORCER

QUEUE = 98  # of the kernel's; any that nobody else uses in this network namespace

MANIFESTS = f"""
apiVersion: v1
kind: ServiceAccount
metadata: {{name: kube-network-policies, namespace: kube-system}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: kube-network-policies}}
rules:
- {{apiGroups: [""], resources: [pods, namespaces], verbs: [list, watch]}}
- {{apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [list, watch]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: kube-network-policies}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kube-network-policies}}
subjects: [{{kind: ServiceAccount, name: kube-network-policies, namespace: kube-system}}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: kube-network-policies, namespace: kube-system}}
spec:
  selector: {{matchLabels: {{app: kube-network-policies}}}}
  template:
    metadata: {{labels: {{app: kube-network-policies}}}}
    spec:
      hostNetwork: true
      serviceAccountName: kube-network-policies
      containers:
      - name: netpol
        image: {ENFORCER}
        command: [/bin/netpol]
        args: [--hostname-override={NODE}, --nfqueue-id={QUEUE}, --disable-nri, --netfilter-bug-1766-fix=false, --v=2]
        securityContext: {{capabilities: {{add: [NET_ADMIN]}}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: coredns, namespace: kube-system}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: system:coredns}}
rules:
- {{apiGroups: [""], resources: [services, pods, namespaces], verbs: [list, watch]}}
- {{apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: system:coredns}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:coredns}}
subjects: [{{kind: ServiceAccount, name: coredns, namespace: kube-system}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: coredns, namespace: kube-system}}
data:
  Corefile: |
    .:53 {{
      errors
      ready
      kubernetes cluster.local
    }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: coredns, namespace: kube-system}}
spec:
  selector: {{matchLabels: {{k8s-app: kube-dns}}}}
  template:
    metadata: {{labels: {{k8s-app: kube-dns}}}}
    spec:
      serviceAccountName: coredns
      dnsPolicy: Default
      containers:
      - name: coredns
        image: {COREDNS}
        args: [-conf, /etc/coredns/Corefile]
        readinessProbe: {{httpGet: {{path: /ready, port: 8181}}, periodSeconds: 1}}
        volumeMounts: [{{name: config, mountPath: /etc/coredns}}]
      volumes: [{{name: config, configMap: {{name: coredns}}}}]
---
apiVersion: v1
kind: Service
metadata: {{name: kube-dns, namespace: kube-system}}
spec:
  selector: {{k8s-app: kube-dns}}
  clusterIP: {DNS_ADDRESS}
  ports:
  - {{name: dns, port: 53, protocol: UDP}}
  - {{name: dns-tcp, port: 53, protocol: TCP}}
"""


def queue_packets() -> None:
    """Hand over each first packet from or to a pod, but for what the node itself sends. Raises E2EError."""
    chain = ["iptables", "-w", "-t", "mangle", "-A", "POSTROUTING"]
    queue = ["-j", "NFQUEUE", "--queue-num", str(QUEUE), "--queue-bypass"]  # nobody there yet: it passes
    try:
        run([*chain, "-m", "conntrack", "--ctstate", "ESTABLISHED,RELATED", "-j", "ACCEPT"])
        run([*chain, "-m", "addrtype", "--src-type", "LOCAL", "-j", "ACCEPT"])
        run([*chain, "-s", POD_RANGE, *queue])
        run([*chain, "-d", POD_RANGE, *queue])
    except E2EError as error:
        raise E2EError(
            f"the kernel hands no packets over (it needs CONFIG_NETFILTER_XT_TARGET_NFQUEUE): {error}"
        ) from error


def enforced() -> bool:
    """Say whether somebody takes the packets."""
    queues = Path("/proc/self/net/netfilter/nfnetlink_queue").read_text(encoding="utf-8")
    return any(line.split()[0] == str(QUEUE) for line in queues.splitlines())
