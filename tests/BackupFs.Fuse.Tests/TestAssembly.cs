// Mounts, thread counts and descriptor counts are of the whole process: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
