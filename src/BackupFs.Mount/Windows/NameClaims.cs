using BackupFs.FileSystem;

namespace BackupFs.Mount.Windows;

/// <summary>
/// Who is about to make a name: one at a time for all spellings of it in a directory, or two could make what differs in
/// case only. Thread-safe.
/// </summary>
internal sealed class NameClaims
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(ulong Directory, string Name), Turn> _turns = [];

    /// <summary>Waits for whoever makes that name; disposing what is returned lets the next one.</summary>
    /// <param name="directory">The directory, referred to for as long as the claim lives.</param>
    /// <param name="name">The name in any spelling.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask<IDisposable> TakeAsync(Inode directory, string name, CancellationToken cancellationToken)
    {
        var key = (directory.Number, name.ToUpperInvariant());
        Turn? turn;
        lock (_lock)
        {
            if (!_turns.TryGetValue(key, out turn))
            {
                _turns.Add(key, turn = new Turn());
            }

            turn.Users++;
        }

        try
        {
            await turn.Free.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new Claim(this, key, turn);
        }
        catch (OperationCanceledException)
        {
            Leave(key, turn);
            throw;
        }
    }

    private void Leave((ulong Directory, string Name) key, Turn turn)
    {
        lock (_lock)
        {
            if (--turn.Users == 0)
            {
                _turns.Remove(key);
                turn.Free.Dispose();
            }
        }
    }

    private sealed class Turn
    {
        public SemaphoreSlim Free { get; } = new(1);

        public int Users { get; set; }
    }

    private sealed class Claim(NameClaims claims, (ulong Directory, string Name) key, Turn turn) : IDisposable
    {
        public void Dispose()
        {
            turn.Free.Release();
            claims.Leave(key, turn);
        }
    }
}
