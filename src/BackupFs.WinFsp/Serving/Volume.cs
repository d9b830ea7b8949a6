using BackupFs.WinFsp.Interop;
using BackupFs.WinFsp.Layout;
using Microsoft.Extensions.Logging;

namespace BackupFs.WinFsp.Serving;

/// <summary>A volume as the callbacks see it: its operations, its opens, and the answers that are still to come. Thread-safe.</summary>
internal sealed class Volume(IWinFspOperations operations, IWinFspLibrary library, ILogger log)
{
    private readonly TaskCompletionSource<WinFspEnding> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _stopped;

    internal IWinFspOperations Operations { get; } = operations;

    internal IWinFspLibrary Library { get; } = library;

    internal OpenHandles Handles { get; } = new();

    internal PendingAnswers Pending { get; } = new();

    /// <summary>Completes when the dispatcher has stopped and the operations were told.</summary>
    internal Task<WinFspEnding> Ended => _ended.Task;

    /// <summary>
    /// The one place where a thread of the dispatcher waits for an operation. WinFsp lets only reads, writes and listings be answered
    /// later; its threads may block, and nothing else runs on them.
    /// </summary>
    internal static T Wait<T>(ValueTask<T> operation) =>
        operation.IsCompleted ? operation.GetAwaiter().GetResult() : operation.AsTask().GetAwaiter().GetResult();

    /// <inheritdoc cref="Wait{T}"/>
    internal static void Wait(ValueTask operation)
    {
        if (operation.IsCompleted)
        {
            operation.GetAwaiter().GetResult();
        }
        else
        {
            operation.AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>What an exception in an operation answers.</summary>
    internal NtStatus Failed(Exception exception, string operation)
    {
        log.OperationFailed(exception, operation, NtStatus.UnexpectedIoError);
        return NtStatus.UnexpectedIoError;
    }

    /// <summary>Logs that a handle is not known.</summary>
    internal NtStatus NoHandle(nint number, string operation)
    {
        log.UnknownHandle(operation, number, NtStatus.InvalidHandle);
        return NtStatus.InvalidHandle;
    }

    /// <summary>
    /// Answers an operation when it completes. The response may get to the driver before the callback has returned that it is pending.
    /// </summary>
    /// <param name="fileSystem">The volume's number.</param>
    /// <param name="kind">What was asked.</param>
    /// <param name="operation">The operation; its result goes into the response.</param>
    internal void AnswerLater(nint fileSystem, RequestKind kind, ValueTask<Answer> operation)
    {
        ulong hint = Library.GetRequestHint();
        Pending.Begin();
        _ = AnswerAsync(fileSystem, TransactResponse.To(kind, hint), operation);
    }

    /// <summary>
    /// The dispatcher has stopped: no callback runs or will run. Returns when every answer was given. Only the first call does anything.
    /// </summary>
    internal void Stopped(WinFspEnding ending)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        // The driver takes the buffers of pending requests away when this has returned, not before.
        Pending.WaitForNone();
        try
        {
            Operations.Stopped(ending);
        }
        catch (Exception exception)
        {
            log.StoppedFailed(exception);
        }

        _ended.TrySetResult(ending);
    }

    private async Task AnswerAsync(nint fileSystem, TransactResponse response, ValueTask<Answer> operation)
    {
        try
        {
            Answer answer = await operation.ConfigureAwait(false);
            response.Status = answer.Status;
            response.Information = answer.Count;
            response.Info = answer.Info;
            Library.SendResponse(fileSystem, response);
        }
        catch (Exception exception)
        {
            log.ResponseFailed(exception, response.Kind);
        }
        finally
        {
            Pending.End();
        }
    }
}
