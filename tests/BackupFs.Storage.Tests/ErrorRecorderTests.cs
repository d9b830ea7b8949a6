namespace BackupFs.Storage.Tests;

public sealed class ErrorRecorderTests
{
    [Fact]
    public void A_new_recorder_has_no_error()
    {
        var recorder = new ErrorRecorder();
        Assert.False(recorder.HasErrors);
        Assert.Null(recorder.Error);
        Assert.Empty(recorder.Errors);
        Assert.Empty(recorder.FailedFiles);
    }

    [Fact]
    public void The_error_joins_all_messages_and_has_the_kind_of_the_first()
    {
        var recorder = new ErrorRecorder();
        recorder.RecordError(new StorageError(StorageErrorKind.NoSpace, "full"), "b");
        recorder.RecordError(new StorageError(StorageErrorKind.Io, "broken"), "a");
        recorder.RecordError(new StorageError(StorageErrorKind.Io, "and more"));
        Assert.Equal(new StorageError(StorageErrorKind.NoSpace, "b: full; a: broken; and more"), recorder.Error);
        Assert.Equal(["b", "a"], recorder.FailedFiles);
    }

    [Fact]
    public void Resetting_a_file_clears_exactly_its_errors()
    {
        var recorder = new ErrorRecorder();
        recorder.RecordError(new StorageError(StorageErrorKind.Io, "1"), "a");
        recorder.RecordError(new StorageError(StorageErrorKind.Io, "2"), "ab");
        recorder.RecordError(new StorageError(StorageErrorKind.Io, "3"), "a");
        recorder.ResetErrors("a");
        Assert.Equal(["ab"], recorder.FailedFiles);
        Assert.Single(recorder.Errors);
    }

    [Fact]
    public void Errors_recorded_by_many_threads_are_all_kept()
    {
        var recorder = new ErrorRecorder();
        Parallel.For(0, 1000, i => recorder.RecordError(new StorageError(StorageErrorKind.Io, "x"), $"{i % 10}"));
        Assert.Equal(1000, recorder.Errors.Count);
        Assert.Equal(10, recorder.FailedFiles.Count);
    }
}
