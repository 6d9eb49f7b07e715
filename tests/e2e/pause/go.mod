// What holds a pod's network namespace while its containers come and go: the registry's own can't be had offline.
module netbaseline.dev/pause

go 1.26.0
