using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Objects;

/// <summary>
/// Makes names exclusive, across processes and hosts: whoever writes the owner object of a name first has it. Thread-safe.
/// </summary>
/// <remarks>
/// <para>Where the server heeds conditions, writing the owner object is one put that fails if there is one. Some servers ignore
/// conditions without a word (Ceph's RGW in versioned buckets, for one), which is found out once for each place of claims, with a
/// put that must fail.</para>
/// <para>Elsewhere contenders are elected, see <see cref="Election"/>. Both ways respect each other: an owner object is
/// respected by contenders, and whoever has put an owner object under a condition looks for contenders afterwards.</para>
/// </remarks>
internal sealed class ClaimBoard(IObjectStore store, ObjectKeys keys, TimeProvider time, ILogger logger)
{
    private readonly ConcurrentDictionary<string, Task<StorageResult<bool>>> _heeds = new(StringComparer.Ordinal);

    internal TimeProvider Time => time;

    internal IObjectStore Store => store;

    /// <summary>Takes a free name.</summary>
    /// <returns>AlreadyExists if somebody has it.</returns>
    internal ValueTask<StorageResult<HeldClaim>> TakeAsync(
        string directory, string name, OwnerPurpose purpose, CancellationToken cancellationToken) =>
        TakeAsync(directory, name, purpose, present: null, Timestamp.From(time.GetUtcNow()), cancellationToken);

    /// <summary>Takes a name from an owner that is dead, or has suspended.</summary>
    /// <returns>AlreadyExists if somebody else was faster.</returns>
    internal ValueTask<StorageResult<HeldClaim>> TakeOverAsync(FoundClaim found, OwnerPurpose purpose, CancellationToken cancellationToken) =>
        TakeAsync(
            found.Directory, found.Name, purpose, found.Tag, found.Owner?.Started ?? Timestamp.From(time.GetUtcNow()), cancellationToken);

    /// <summary>The claim on a name; null if it is free.</summary>
    internal async ValueTask<StorageResult<FoundClaim?>> FindAsync(string directory, string name, CancellationToken cancellationToken)
    {
        var found = await ListAsync(keys.Claims(directory, name), keys.Control(directory), cancellationToken).ConfigureAwait(false);
        return found.IsOk ? found.Value.FirstOrDefault() : found.Error;
    }

    /// <summary>The claims on names in a directory.</summary>
    internal ValueTask<StorageResult<List<FoundClaim>>> ListAsync(string directory, CancellationToken cancellationToken) =>
        ListAsync(keys.Claims(directory), keys.Control(directory), cancellationToken);

    /// <summary>All claims below a prefix of <see cref="ObjectKeys.Control"/>.</summary>
    internal ValueTask<StorageResult<List<FoundClaim>>> ListAllAsync(string control, CancellationToken cancellationToken) =>
        ListAsync(ObjectKeys.AllClaims(control), control, cancellationToken);

    /// <summary>Writes an owner object anew if it is still the one with the tag; returns the new tag.</summary>
    /// <returns>AlreadyExists if it is another one.</returns>
    internal async ValueTask<StorageResult<string>> ReplaceAsync(
        string directory, string name, OwnerRecord owner, string tag, CancellationToken cancellationToken)
    {
        var key = keys.Owner(directory, name);
        var heeds = await HeedsConditionsAsync(keys.Control(directory), cancellationToken).ConfigureAwait(false);
        if (!heeds.IsOk)
        {
            return heeds.Error;
        }

        if (!heeds.Value)
        {
            // Not atomic, but the old owner was dead for minutes, or is ourselves.
            var present = await store.GetInfoAsync(key, cancellationToken).ConfigureAwait(false);
            if (present.IsOk ? present.Value.Tag != tag : present.Error.Kind == StorageErrorKind.NotFound)
            {
                return new StorageError(StorageErrorKind.AlreadyExists);
            }

            if (!present.IsOk)
            {
                return present.Error;
            }
        }

        var condition = heeds.Value ? PutCondition.Matches(tag) : PutCondition.None;
        var put = await store.PutAsync(key, new ReadOnlySequence<byte>(owner.ToBytes()), condition, cancellationToken).ConfigureAwait(false);
        if (put.IsOk)
        {
            return put.Value.Tag;
        }

        // A retry whose first try was done, but its answer lost, finds its own object.
        return put.Error.Kind is StorageErrorKind.AlreadyExists or StorageErrorKind.NotFound
            && await ReadOwnerAsync(key, cancellationToken).ConfigureAwait(false) is { Owner: { } present2, Tag: { } newTag }
            && present2 == owner
            ? newTag
            : put.Error.Kind == StorageErrorKind.NotFound ? new StorageError(StorageErrorKind.AlreadyExists) : put.Error;
    }

    /// <summary>Deletes the owner object.</summary>
    internal async ValueTask<StorageError?> DeleteAsync(string directory, string name, CancellationToken cancellationToken) =>
        (await store.DeleteAsync([keys.Owner(directory, name)], cancellationToken).ConfigureAwait(false)).Error;

    /// <summary>Whether the server heeds conditions on puts; asked once for each place.</summary>
    internal async ValueTask<StorageResult<bool>> HeedsConditionsAsync(string control, CancellationToken cancellationToken)
    {
        if (!store.Limits.Conditions)
        {
            return false;
        }

        var asked = _heeds.GetOrAdd(control, ProbeAsync);
        var answer = await asked.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!answer.IsOk)
        {
            _heeds.TryRemove(new KeyValuePair<string, Task<StorageResult<bool>>>(control, asked));
        }

        return answer;
    }

    private async Task<StorageResult<bool>> ProbeAsync(string control)
    {
        var key = $"{control}probe/{Guid.NewGuid():N}";
        var body = new ReadOnlySequence<byte>("Does this server heed conditions?"u8.ToArray());
        var first = await store.PutAsync(key, body, PutCondition.Absent, CancellationToken.None).ConfigureAwait(false);
        if (!first.IsOk)
        {
            return first.Error;
        }

        var second = await store.PutAsync(key, body, PutCondition.Absent, CancellationToken.None).ConfigureAwait(false);
        var third = second.IsOk ? second : await store.PutAsync(key, body, PutCondition.Matches("\"0\""), CancellationToken.None).ConfigureAwait(false);
        await store.DeleteAsync([key], CancellationToken.None).ConfigureAwait(false);
        if (second.IsOk || third.IsOk)
        {
            ObjectStorageLog.ConditionsIgnored(logger, store.Location);
            return false;
        }

        return second.Error.Kind == StorageErrorKind.AlreadyExists ? true : second.Error;
    }

    private async ValueTask<StorageResult<HeldClaim>> TakeAsync(
        string directory, string name, OwnerPurpose purpose, string? present, Timestamp started, CancellationToken cancellationToken)
    {
        var heeds = await HeedsConditionsAsync(keys.Control(directory), cancellationToken).ConfigureAwait(false);
        if (!heeds.IsOk)
        {
            return heeds.Error;
        }

        var owner = new OwnerRecord
        {
            Format = OwnerRecord.CurrentFormat,
            Id = Guid.NewGuid().ToString("N"),
            Process = ProcessIdentity.Current,
            Started = started,
            Purpose = purpose,
        };
        var before = time.GetTimestamp();
        var written = heeds.Value
            ? await PutOwnerAsync(directory, name, owner, present, cancellationToken).ConfigureAwait(false)
            : await new Election(this, keys, directory, name, owner, present).RunAsync(cancellationToken).ConfigureAwait(false);
        return written.IsOk ? new HeldClaim(this, directory, name, owner, written.Value, before) : written.Error;
    }

    private async ValueTask<StorageResult<string>> PutOwnerAsync(
        string directory, string name, OwnerRecord owner, string? present, CancellationToken cancellationToken)
    {
        if (present is not null)
        {
            return await ReplaceAsync(directory, name, owner, present, cancellationToken).ConfigureAwait(false);
        }

        var key = keys.Owner(directory, name);
        var put = await store.PutAsync(key, new ReadOnlySequence<byte>(owner.ToBytes()), PutCondition.Absent, cancellationToken).ConfigureAwait(false);
        var tag = put.IsOk ? put.Value.Tag : null;
        if (put.Error?.Kind == StorageErrorKind.AlreadyExists)
        {
            // A retry whose first try was done, but its answer lost, finds its own object.
            var there = await ReadOwnerAsync(key, cancellationToken).ConfigureAwait(false);
            tag = there.Owner?.Id == owner.Id ? there.Tag : null;
        }

        if (tag is null)
        {
            return put.Error ?? new StorageError(StorageErrorKind.AlreadyExists);
        }

        // A host that found the server without conditions may be in the middle of an election.
        var page = await store.ListAsync(new ObjectListing(keys.Claims(directory, name)), cancellationToken).ConfigureAwait(false);
        if (page.IsOk && page.Value.Objects.Any(found => found.Key != key))
        {
            await store.DeleteAsync([key], CancellationToken.None).ConfigureAwait(false);
            return new StorageError(StorageErrorKind.AlreadyExists);
        }

        return page.IsOk ? tag : page.Error;
    }

    private async ValueTask<StorageResult<List<FoundClaim>>> ListAsync(string prefix, string control, CancellationToken cancellationToken)
    {
        var listed = await ObjectLister.ListAllAsync(store, prefix, cancellationToken).ConfigureAwait(false);
        if (!listed.IsOk)
        {
            return listed.Error;
        }

        var now = time.GetUtcNow();
        var claims = new List<FoundClaim>();
        foreach (var group in listed.Value
            .Select(info => (Info: info, Claim: ObjectKeys.ParseClaim(control, info.Key)))
            .Where(entry => entry.Claim is not null)
            .GroupBy(entry => (entry.Claim!.Value.Directory, entry.Claim!.Value.Name)))
        {
            var entry = group.FirstOrDefault(entry => entry.Claim!.Value.Kind == ObjectKeys.OwnerName);
            if (entry.Info is null)
            {
                // Contenders only: none has won, so the name is free as soon as they are through.
                continue;
            }

            var (owner, tag) = await ReadOwnerAsync(entry.Info.Key, cancellationToken).ConfigureAwait(false);
            if (tag is null)
            {
                // Gone meanwhile.
                continue;
            }

            var isHere = owner?.Process.Space == ProcessIdentity.Current.Space;
            var isFresh = now - entry.Info.Modified.ToDateTimeOffset() < HeldClaim.Lifetime;
            var isLive = owner is null ? isFresh : owner.Purpose != OwnerPurpose.Suspended && (owner.Process.IsAlive(owner.Id) ?? isFresh);
            claims.Add(new FoundClaim(group.Key.Directory, group.Key.Name, owner, tag, isLive, isHere));
        }

        return claims;
    }

    /// <summary>No tag: there is none, or it cannot be read now.</summary>
    private async ValueTask<(OwnerRecord? Owner, string? Tag)> ReadOwnerAsync(string key, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var read = await ObjectLister.ReadSmallAsync(store, key, cancellationToken).ConfigureAwait(false);
            if (read.IsOk)
            {
                return (OwnerRecord.Parse(read.Value.Bytes), read.Value.Info.Tag);
            }

            if (read.Error.Kind != StorageErrorKind.Corrupt)
            {
                break;
            }

            // Written anew between the two requests.
        }

        return default;
    }
}
