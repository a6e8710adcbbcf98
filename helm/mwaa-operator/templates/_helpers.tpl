{{- define "mwaa-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 53 | trimSuffix "-" }}
{{- end }}

{{- define "mwaa-operator.fullname" -}}
{{- $name := include "mwaa-operator.name" . }}
{{- $both := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- default $both .Values.fullnameOverride | trunc 53 | trimSuffix "-" }}
{{- end }}

{{- define "mwaa-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "mwaa-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "mwaa-operator.labels" -}}
{{ include "mwaa-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "mwaa-operator.serviceAccountName" -}}
{{- default (.Values.serviceAccount.create | ternary (include "mwaa-operator.fullname" .) "default") .Values.serviceAccount.name }}
{{- end }}

{{- define "mwaa-operator.image" -}}
{{- with .Values.image }}
{{- .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{- /* The plural names of the kinds, from their definitions: a new kind needs no change here. */ -}}
{{- define "mwaa-operator.plurals" -}}
{{- range $path, $_ := .Files.Glob "files/crds/*.yaml" }}
- {{ ($.Files.Get $path | fromYaml).spec.names.plural }}
{{- end }}
{{- end }}

{{- define "mwaa-operator.statuses" -}}
{{- range include "mwaa-operator.plurals" . | fromYamlArray }}
- {{ . }}/status
{{- end }}
{{- end }}

{{- /* What the operator does in the namespaces that it watches. */ -}}
{{- define "mwaa-operator.rules" -}}
# patch: finalizers, the only thing beside the status that the operator writes.
- apiGroups: [mwaa-operator.dev]
  resources: {{- include "mwaa-operator.plurals" . | trim | nindent 4 }}
  verbs: [get, list, watch, patch]
- apiGroups: [mwaa-operator.dev]
  resources: {{- include "mwaa-operator.statuses" . | trim | nindent 4 }}
  verbs: [update]
# DAGs may be kept in ConfigMaps.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch]
# Values of Airflow's options may be kept in Secrets.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch]
# DAGs may come from what Flux has fetched. Flux need not be installed.
- apiGroups: [source.toolkit.fluxcd.io]
  resources: [gitrepositories, ocirepositories, buckets, externalartifacts]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end }}

{{- define "mwaa-operator.subjects" -}}
- kind: ServiceAccount
  name: {{ include "mwaa-operator.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}
