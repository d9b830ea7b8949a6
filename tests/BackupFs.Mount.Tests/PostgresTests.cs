using BackupFs.Mount.Tests.Mounting;
using BackupFs.Mount.Tests.Objects;

namespace BackupFs.Mount.Tests;

/// <summary>The backups of a real PostgreSQL.</summary>
public sealed class PostgresTests(PostgresTests.Server server) : IClassFixture<PostgresTests.Server>
{
    [Theory]
    [InlineData(TestUser.Current, "auto")]
    [InlineData(TestUser.Ordinary, "auto")]
    [InlineData(TestUser.Current, "off")]
    [Promise("rewrite-wal")]
    [Promise("read-back")]
    public async Task A_base_backup_goes_in_comes_out_starts_and_answers(TestUser user, string passthrough)
    {
        await using var mount = await StartAsync(user, "--passthrough", passthrough);
        await GoesInComesOutStartsAndAnswersAsync(mount, user);
    }

    [Fact]
    [Promise("rewrite-wal")]
    [Promise("read-back")]
    public async Task A_base_backup_goes_straight_into_an_object_store_and_comes_out()
    {
        await using var place = await ObjectPlace.CreateAsync("s3");
        await using var mount = await place.MountAsync();
        await GoesInComesOutStartsAndAnswersAsync(mount, TestUser.Current);
    }

    [Fact]
    [Promise("failed-tears")]
    [Promise("torn-rewritten")]
    public async Task A_dump_whose_server_dies_half_way_is_torn()
    {
        await using var mount = await StartAsync(TestUser.Current);
        await mount.RunAsync(server.Cluster.Setup + $$"""
            mkdir -p "$D/b.partial"; cd "$D/b.partial"
            (sleep 0.5; exec dd if=/dev/zero bs=1 count=0 status=none) > other
            pg_dump > dump.sql 2> "$W/said" & dump=$!
            eventually at_least dump.sql 300000
            kill -STOP $dump
            kill -9 $(head -n 1 "{{server.Cluster.Data}}/postmaster.pid") $(pgrep -P "$(head -n 1 "{{server.Cluster.Data}}/postmaster.pid")")
            kill -CONT $dump
            if wait $dump; then exit 97; fi
            cd ..
            refused 'Input/output error' mv b.partial b
            refused 'dump.sql is torn: pg_dump (process' backupfs end b.partial
            refused 'exit status 1' backupfs end b.partial
            [ ! -e "$S/db/b" ]
            """);
        await server.Cluster.StartAgainAsync();
        await mount.RunAsync(server.Cluster.Setup + """
            cd "$D"; pg_dump > b.partial/dump.sql; mv b.partial b; is "$(state b)" complete
            tail -n 5 b/dump.sql | grep -q 'dump complete'
            """);
    }

    [Fact]
    [Promise("feeder-tears")]
    public async Task A_dump_that_fails_before_gzip_is_torn()
    {
        await using var mount = await StartAsync(TestUser.Current);
        await mount.RunAsync(server.Cluster.Setup + """
            set +o pipefail
            mkdir -p "$D/b.partial" "$D/c.partial"; cd "$D/b.partial"
            pg_dump --table=t | gzip -1 > good.gz
            # It dumps t, and then cannot read what a second session has locked.
            psql -q -c 'create table u (n int)'
            { psql -q -c 'begin; lock table u; select pg_sleep(3)' > /dev/null & } 2> /dev/null
            sleep 0.7
            pg_dump --lock-wait-timeout=300 2> "$W/said" | gzip > dump.gz
            grep -qi 'lock' "$W/said"
            cd ..
            refused 'Input/output error' mv b.partial b
            refused 'dump.gz is torn: pg_dump (process' backupfs end b.partial
            gzip -t b.partial/dump.gz
            wait; psql -q -c 'drop table u'
            pg_dump | gzip -1 > b.partial/dump.gz
            mv b.partial b; zcat b/dump.gz | tail -n 5 | grep -q 'dump complete'
            """);
    }

    private async Task GoesInComesOutStartsAndAnswersAsync(BackupMount mount, TestUser user) =>
        await mount.RunAsync(server.Cluster.Setup + $$"""
            mkdir -p "$D"
            pg_basebackup -D "$D/base.partial" -X stream --checkpoint=fast
            is "$(state "$D/base.partial")" open
            mv "$D/base.partial" "$D/base"; is "$(state "$D/base")" complete
            backupfs verify "$D/base"
            pg_basebackup -D "$D/tar" -F tar -z -X stream --checkpoint=fast
            backupfs end "$D/tar"
            (cd "$D/base" && pg_verifybackup -i .backupfs.json .)
            cp -a "$D/base" "$W/restored"; chmod 700 "$W/restored"
            run() { {{(user == TestUser.Current && TestEnvironment.IsRoot ? "setpriv --reuid=65534 --regid=65534 --clear-groups -- \"$@\"" : "\"$@\"")}}; }
            {{(user == TestUser.Current && TestEnvironment.IsRoot ? "chmod 755 \"$R\"; chown -R 65534:65534 \"$W\"" : "")}}
            sed -i "s#^unix_socket_directories.*#unix_socket_directories = '$W'#" "$W/restored/postgresql.conf"
            run pg_ctl -D "$W/restored" -l "$W/restored.log" -w -t 60 start > /dev/null 2>&1 || { cat "$W/restored.log" >&2; exit 1; }
            is "$(PGHOST=$W psql -At -c 'select count(*), sum(n), min(length(text)) from t')" '300000|45000150000|92' || failed=1
            run pg_ctl -D "$W/restored" -m immediate stop > /dev/null
            [ -z "${failed:-}" ]
            """, seconds: 240);

    private static Task<BackupMount> StartAsync(TestUser user, params string[] options) =>
        BackupMount.StartAsync(new MountSettings { User = user, Options = ["--end", "manual", .. options] });

    /// <summary>One server for all tests of the class.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private PostgresCluster? _cluster;

        internal PostgresCluster Cluster => _cluster ?? throw new InvalidOperationException("not started");

        /// <inheritdoc/>
        public async Task InitializeAsync() => _cluster = await PostgresCluster.StartAsync();

        /// <inheritdoc/>
        public async Task DisposeAsync()
        {
            if (_cluster is not null)
            {
                await _cluster.DisposeAsync();
            }
        }
    }
}
