namespace BackupFs.Mount.Tests.Mounting;

/// <summary>
/// A PostgreSQL server of its own in a temporary directory, reachable only through a socket there. It runs as a user without
/// privilege, because it refuses to run as root.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private readonly string _root;

    private PostgresCluster(string root) => _root = root;

    /// <summary>Shell code with the variables and functions to use it: <c>PGHOST</c>, the programs in the path.</summary>
    public string Setup => $"""
        export PGHOST="{_root}" PGPORT=5432 PGUSER=tester PGDATABASE=postgres PGCONNECT_TIMEOUT=20
        PATH=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1):$PATH

        """;

    /// <summary>The server's data directory.</summary>
    public string Data => Path.Combine(_root, "data");

    /// <summary>Makes and starts one, with a table <c>t</c> of some 40 MB.</summary>
    public static async Task<PostgresCluster> StartAsync()
    {
        var cluster = new PostgresCluster(TestEnvironment.NewDirectory(TestUser.Ordinary));
        try
        {
            (await cluster.BashAsync("""
                initdb -D "$R/data" -U tester --auth=trust --no-sync > "$R/initdb.log" 2>&1 || { cat "$R/initdb.log" >&2; exit 1; }
                cat >> "$R/data/postgresql.conf" <<C
                listen_addresses = ''
                unix_socket_directories = '$R'
                fsync = off
                shared_buffers = 16MB
                max_wal_senders = 4
                wal_level = replica
                C
                pg_ctl -D "$R/data" -l "$R/server.log" -w -t 60 start > /dev/null 2>&1 || { cat "$R/server.log" >&2; exit 1; }
                psql -q -c "create table t as select n, md5(n::text) || repeat('x', 60) as text from generate_series(1, 300000) n" > /dev/null
                """)).Succeeded();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it again after it was killed. Its lock is still there, perhaps even as a process that nobody has waited for.</summary>
    public async Task StartAgainAsync() =>
        (await BashAsync("rm -f \"$R/data/postmaster.pid\" \"$R\"/.s.PGSQL*; pg_ctl -D \"$R/data\" -l \"$R/server.log\" -w -t 60 start > /dev/null 2>&1")).Succeeded();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await BashAsync("""
            pg_ctl -D "$R/data" -m immediate -w stop > /dev/null 2>&1 || true
            rm -rf "$R"/* || true
            """);
        Shell.RunPlain("rm", "-rf", _root);
    }

    private Task<ShellResult> BashAsync(string script) => Shell.RunAsync(
        Setup + script,
        new Dictionary<string, string> { ["R"] = _root, ["HOME"] = _root, ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "" },
        TestUser.Ordinary,
        180,
        () => File.Exists(_root + "/server.log") ? File.ReadAllText(_root + "/server.log") : "");
}
