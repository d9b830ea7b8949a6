using BackupFs.Storage.File.Checksums;
using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Staging;

/// <content>Checksums: jobs behind the writers and at the end.</content>
internal sealed partial class FileTable
{
    /// <summary>How many jobs may wait with a descriptor each; beyond that, files are summed at the end of the backup.</summary>
    private const int MaximumQueued = 512;

    /// <summary>From this size on a file is summed while it is still being written.</summary>
    private const long FollowFrom = 16 << 20;

    /// <summary>How much it has to grow before the next step.</summary>
    private const long FollowStep = 4 << 20;

    /// <summary>The checksums of a file, if they are known; a job that will know them is <paramref name="pending"/>.</summary>
    public FileChecksums? FindChecksums(ulong fileId, out Task<StorageResult<FileChecksums?>>? pending)
    {
        lock (_lock)
        {
            pending = null;
            if (!_files.TryGetValue(fileId, out var file))
            {
                return null;
            }

            pending = file.IsFinishing ? file.Job?.Completion : null;
            return file.Checksums;
        }
    }

    /// <summary>How many bytes of a file being written are summed already; for tests.</summary>
    internal long FedAhead(ulong fileId)
    {
        lock (_lock)
        {
            return _files.TryGetValue(fileId, out var file) ? file.Job?.Fed ?? 0 : 0;
        }
    }

    /// <summary>Sums a file that nobody can change at the time; takes ownership of the descriptor.</summary>
    public Task<StorageResult<FileChecksums?>> ComputeChecksums(ulong fileId, Descriptor readable)
    {
        lock (_lock)
        {
            var file = Get(fileId);
            if (file.Job is { } job && file.IsFinishing)
            {
                readable.Dispose();
                return job.Completion;
            }

            Abandon(file);
            Start(file, new ChecksumJob(readable));
            return file.Job!.Completion;
        }
    }

    /// <summary>Forgets the checksums of a file: they turned out not to be its content's.</summary>
    public void VoidChecksums(ulong fileId)
    {
        lock (_lock)
        {
            if (_files.TryGetValue(fileId, out var file))
            {
                file.Checksums = null;
            }
        }
    }

    private void Abandon(FileState file)
    {
        if (file.Job is { } job)
        {
            file.Job = null;
            file.IsFinishing = false;
            job.Abandon();
            _engine.Schedule(job);
        }
    }

    private void StartFinishing(FileState file, Descriptor descriptor)
    {
        // A job that is finishing already began while this writer was there, for an end of the backup that failed.
        if (file is { Job: { } following, IsFinishing: false } && following.TryFinish())
        {
            Start(file, following);
            return;
        }

        Abandon(file);

        // What cannot be opened here (no right to read, no descriptors left) is summed at the end, which reports why not.
        if (_engine.Queued < MaximumQueued && OpenCalls.ReopenQuietly(descriptor, out var readable) == Errno.Success)
        {
            Start(file, new ChecksumJob(readable));
        }
    }

    private void Start(FileState file, ChecksumJob job)
    {
        file.Job = job;
        file.IsFinishing = true;
        job.TryFinish();
        _ = job.Completion.ContinueWith(
            static (completed, state) => ((Action<StorageResult<FileChecksums?>>)state!)(completed.Result),
            (Action<StorageResult<FileChecksums?>>)(result => Finished(file, job, result)),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        _engine.Schedule(job);
    }

    private void Finished(FileState file, ChecksumJob job, StorageResult<FileChecksums?> result)
    {
        lock (_lock)
        {
            // A writer that came meanwhile has put another job, or none, in its place.
            if (file.Job == job)
            {
                file.Job = null;
                file.IsFinishing = false;
                file.Checksums = result.IsOk && file.Writers.Count == 0 ? result.Value : null;
            }
        }
    }

    /// <summary>Looks how far the files being written have grown: with passthrough the writes themselves are not seen.</summary>
    private void Poll()
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            if (_written.Count == 0)
            {
                _isPolling = false;
                _poll.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                return;
            }

            foreach (var file in _written)
            {
                if (AttributeCalls.Statx(file.Writers[0], out var attributes) != Errno.Success)
                {
                    continue;
                }

                var size = (long)attributes.Size;
                if (file.IsFinishing || size < FollowFrom || size - (file.Job?.Fed ?? 0) < FollowStep)
                {
                    continue;
                }

                if (file.Job is null)
                {
                    if (OpenCalls.ReopenQuietly(file.Writers[0], out var readable) != Errno.Success)
                    {
                        continue;
                    }

                    file.Job = new ChecksumJob(readable);
                }

                _engine.Schedule(file.Job);
            }
        }
    }
}
