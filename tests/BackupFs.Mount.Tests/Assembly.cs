// Two cores, real mounts, timing that matters to idle ends: one test after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
