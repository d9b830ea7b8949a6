using System.Buffers;

namespace BackupFs.Storage.Objects;

/// <summary>
/// Gives a name to exactly one of those who want it, on a server that has no conditions but lists what was written.
/// </summary>
/// <remarks>
/// <para>Every contender writes an object of its own, then lists them. Who sees itself alone has won and writes the owner object;
/// who sees an owner has lost; who sees a contender with a smaller number withdraws; who has the smallest number looks again
/// until the others are gone.</para>
/// <para>Two cannot both win. A winner's contender object stays until its owner object is there, and sorts before it, so that a
/// listing shows at least one of them. Had both A and B listed only themselves, then A's listing came before B's writing, which
/// came before B's listing, which came before A's writing, which came before A's listing.</para>
/// <para>A contender that died leaves its object; when that is a minute older than one's own, by the store's clock, it is deleted.
/// So that a contender that only slept does not win late, a win counts only within half that time.</para>
/// </remarks>
internal sealed class Election(ClaimBoard board, ObjectKeys keys, string directory, string name, OwnerRecord owner, string? presentOwnerTag)
{
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _prefix = keys.Claims(directory, name);
    private readonly string _mine = keys.Claims(directory, name) + ObjectKeys.ContenderPrefix + owner.Id;

    /// <summary>The tag of the owner object if we won.</summary>
    /// <returns>AlreadyExists if we did not.</returns>
    internal async ValueTask<StorageResult<string>> RunAsync(CancellationToken cancellationToken)
    {
        var started = board.Time.GetTimestamp();
        var written = await board.Store.PutAsync(_mine, ReadOnlySequence<byte>.Empty, PutCondition.None, cancellationToken).ConfigureAwait(false);
        if (!written.IsOk)
        {
            await WithdrawAsync().ConfigureAwait(false);
            return written.Error;
        }

        var won = false;
        try
        {
            while (board.Time.GetElapsedTime(started) < Patience)
            {
                var verdict = await LookAsync(cancellationToken).ConfigureAwait(false);
                if (!verdict.IsOk)
                {
                    return verdict.Error;
                }

                if (verdict.Value)
                {
                    var result = await WinAsync(started, cancellationToken).ConfigureAwait(false);
                    won = result.IsOk;
                    return result;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20), board.Time, cancellationToken).ConfigureAwait(false);
            }

            return new StorageError(StorageErrorKind.AlreadyExists);
        }
        finally
        {
            if (!won)
            {
                await WithdrawAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>True: we are alone; false: look again; AlreadyExists: lost.</summary>
    private async ValueTask<StorageResult<bool>> LookAsync(CancellationToken cancellationToken)
    {
        var page = await board.Store.ListAsync(new ObjectListing(_prefix), cancellationToken).ConfigureAwait(false);
        if (!page.IsOk)
        {
            return page.Error;
        }

        var mine = page.Value.Objects.FirstOrDefault(found => found.Key == _mine);
        var present = page.Value.Objects.FirstOrDefault(found => found.Key == _prefix + ObjectKeys.OwnerName);
        if (mine is null || present?.Tag != presentOwnerTag)
        {
            return new StorageError(StorageErrorKind.AlreadyExists);
        }

        var others = page.Value.Objects
            .Where(found => found.Key != _mine && found.Key.StartsWith(_prefix + ObjectKeys.ContenderPrefix, StringComparison.Ordinal))
            .ToList();
        var dead = others
            .Where(found => mine.Modified.ToDateTimeOffset() - found.Modified.ToDateTimeOffset() > Forgotten)
            .Select(found => found.Key).ToList();
        if (dead.Count > 0)
        {
            var deleted = await board.Store.DeleteAsync(dead, cancellationToken).ConfigureAwait(false);
            return deleted.IsOk ? false : deleted.Error;
        }

        return others.Exists(found => string.CompareOrdinal(found.Key, _mine) < 0)
            ? new StorageError(StorageErrorKind.AlreadyExists)
            : others.Count == 0;
    }

    private async ValueTask<StorageResult<string>> WinAsync(long started, CancellationToken cancellationToken)
    {
        var key = _prefix + ObjectKeys.OwnerName;
        var put = await board.Store.PutAsync(key, new ReadOnlySequence<byte>(owner.ToBytes()), PutCondition.None, cancellationToken).ConfigureAwait(false);
        if (!put.IsOk)
        {
            return put.Error;
        }

        if (board.Time.GetElapsedTime(started) > Forgotten / 2)
        {
            await board.Store.DeleteAsync([key], CancellationToken.None).ConfigureAwait(false);
            return new StorageError(StorageErrorKind.AlreadyExists);
        }

        await WithdrawAsync().ConfigureAwait(false);
        return put.Value.Tag;
    }

    private async ValueTask WithdrawAsync() =>
        await board.Store.DeleteAsync([_mine], CancellationToken.None).ConfigureAwait(false);
}
