{{- define "netbaseline.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "netbaseline.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "netbaseline.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "netbaseline.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "netbaseline.selectorLabels" -}}
app.kubernetes.io/name: {{ include "netbaseline.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "netbaseline.ownLabels" -}}
{{ include "netbaseline.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "netbaseline.labels" -}}
{{- include "netbaseline.labelsAnd" (dict "root" . "labels" dict) }}
{{- end }}

{{/* Those of an object that has `labels` of its own: each key once, the nearest wins. */}}
{{- define "netbaseline.labelsAnd" -}}
{{- $own := include "netbaseline.ownLabels" .root | fromYaml }}
{{- toYaml (merge dict (.labels | default dict) (.root.Values.commonLabels | default dict) $own) }}
{{- end }}

{{- define "netbaseline.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "netbaseline.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "netbaseline.image" -}}
{{- with (.Values.global | default dict).imageRegistry | default .Values.image.registry }}{{ . }}/{{ end }}
{{- .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}
{{- else }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{/* One object of files/rbac.yaml for this release: `root`, `object`, its `namespace`, and a `suffix` of the role's name. */}}
{{- define "netbaseline.rbacObject" -}}
{{- $full := include "netbaseline.fullname" .root }}
{{- $name := .object.metadata.name | replace ".netbaseline-system" (printf ".%s" .root.Release.Namespace) | trimPrefix "netbaseline" }}
apiVersion: {{ .object.apiVersion }}
kind: {{ .object.kind }}
metadata:
  name: {{ $full }}{{ $name }}{{ if .object.rules }}{{ .suffix }}{{ end }}
  {{- with .namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels:
    {{- include "netbaseline.labels" .root | nindent 4 }}
    {{- range $key, $value := .object.metadata.labels }}
    {{- if ne $key "app.kubernetes.io/name" }}
    {{ $key }}: {{ $value | quote }}
    {{- end }}
    {{- end }}
{{- if .object.rules }}
rules:
  {{- range .object.rules }}
  {{- $rule := . }}
  {{- if .resourceNames }}
  {{- $rule = merge (dict "resourceNames" (list $full)) . }}
  {{- end }}
  - {{- toYaml $rule | nindent 4 }}
  {{- end }}
{{- else }}
roleRef:
  apiGroup: {{ .object.roleRef.apiGroup }}
  kind: {{ .object.roleRef.kind }}
  name: {{ $full }}{{ .object.roleRef.name | trimPrefix "netbaseline" }}{{ .suffix }}
subjects:
  - kind: ServiceAccount
    name: {{ include "netbaseline.serviceAccountName" .root }}
    namespace: {{ .root.Release.Namespace | quote }}
{{- end }}
{{- end }}
