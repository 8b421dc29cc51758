# SPDX-License-Identifier: Apache-2.0
# authsmsctl with malformed files, missing permissions, an unreachable server and a full disk.
use strict;
use warnings;
use lib 't/lib';
use Authsmsctl qw(run);
use Cwd ();
use File::Copy qw(copy);
use POSIX ();
use Postgres;
use Site;
use Test::More;

plan skip_all => "no $Authsmsctl::program" unless Authsmsctl::available();

my $hash = '$2a$04$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234';

# A document as mongoexport writes it.
sub document {
    my ($n, $more) = @_;
    return
        sprintf '{"_id":{"$oid":"%024x"},"username":"old%d","smsmobile":"07700 '
        . '9%05d","verified":true,"password":"%s"%s}',
        $n, $n, $n, $hash, $more // '';
}

sub tables {
    my $site = Site->new;
    my @there = ('--driver', 'sqlite3', '--params', $site->httpd->dir . '/db/users.db');
    run($site, @there, qw(schema create));
    return ($site, @there);
}

subtest 'date formats of all versions of mongoexport' => sub {
    my ($site, @there) = tables();
    my $t = '1462096800';
    my @dates = (
        ['{"$date":"2016-05-01T10:00:00.12Z"}', "${t}120000"],
        ['{"$date":"2016-05-01T10:00:00.1Z"}', "${t}100000"],
        ['{"$date":"2016-05-01T10:00:00.123456789Z"}', "${t}123456"],
        ['{"$date":"2016-05-01T10:00:00Z"}', "${t}000000"],
        ['{"$date":"2016-05-01T12:00:00.123+0200"}', "${t}123000"],
        ['{"$date":"2016-05-01T03:30:00.123-06:30"}', "${t}123000"],
        ['{"$date":1462096800123}', "${t}123000"],
        ['{"$date":{"$numberLong":"1462096800123"}}', "${t}123000"],
        ['{"$date":{"$numberLong":"253402300799999"}}', '253402300799999000'],
    );
    my @broken = map { qq({"\$date":$_}) } '{"$numberLong":"9223372036854775807"}',
        '{"$numberLong":"99999999999999999999"}', '{"$numberLong":"-5"}',
        map { qq("$_") } '2016-05-01', '2016-05-01T10:00:00', '2016-05-01T10:00:00.5',
        '2016-05-01T10:00:00+02000',
        '2016-05-01T10:00:00+24:00', '2016-05-01T10:00:00Zulu', '2016-02-30T10:00:00Z',
        '1970-01-01T00:30:00+0100';
    my $n = 0;
    my ($code, $out) = run(
        $site, @there, 'import', '-', \join '',
        map { document(++$n, qq(,"createdAt":$_)) . "\n" } (map { $_->[0] } @dates), @broken
    );
    is join(' ', $out =~ /^line (\d+)/mg), join(' ', @dates + 1 .. @dates + @broken),
        'each line with an invalid date is reported'
        or diag $out;
    for my $i (1 .. @dates) {
        is $site->sql("SELECT created_at FROM authsms_users WHERE username = 'old$i'"),
            $dates[$i - 1][1], "date $dates[$i - 1][0]";
    }
};

subtest 'input files' => sub {
    my ($site, @there) = tables();
    my $import = sub {
        my ($text, $code, $output, $name) = @_;
        my ($is, $out) = run($site, @there, 'import', '-', \$text);
        is $is, $code, "$name: exit code $code" or diag $out;
        like $out, $output, "$name: output";
    };
    $import->(
        "\xef\xbb\xbf" . document(1) . "\r\n" . document(2) . "\r\n\r\n" . document(3), 0,
        qr/^3 imported/m, 'byte order mark, CRLF, no newline at the end'
    );
    $import->('', 0, qr/^0 imported/m, 'empty file');
    $import->(
        '[' . document(4) . ",\n" . document(5) . "]\n", 1,
        qr/--jsonArray.*line 2: not a JSON object/s, 'JSON array'
    );
    $import->(document(6) . "\0\n" . document(7) . "\n", 1, qr/^line 1: .*^1 imported/ms,
        'line with NUL');
    $import->(
        ('x' x 3_000_000) . "\n" . document(8) . "\n", 1,
        qr/^line 1: longer than 1 MiB\n1 imported/m, 'line over 1 MiB'
    );
    $import->(
        document(9) . "\n" . document(9) . "\n" . document(10, ',"username":"other"') . "\n",
        1, qr/^line 3: .*^1 imported, 1 already present, 1 skipped/ms,
        'the same line twice, and a line with a duplicate member'
    );

    my ($code, $out) = run($site, @there, 'import', $site->httpd->dir);
    is $code, 1, 'directory: exit code 1';
    like $out, qr/directory/, 'directory: error';
    ($code, $out) = run($site, @there, 'import', '/nowhere.json');
    like $out, qr{/nowhere\.json cannot be read: No such file}, 'missing file: error';

    SKIP: {
        skip 'not root', 1 if $>;
        chmod 0755, $site->httpd->dir;
        my ($uid, $gid) = (getpwnam 'www-data')[2, 3];
        # Other users cannot run a program below /root.
        my $program = $site->httpd->dir . '/authsmsctl';
        copy($Authsmsctl::program, $program) or die "$program: $!";
        chmod 0755, $program;
        pipe my $from, my $to or die;
        my $pid = fork // die;
        if (!$pid) {
            POSIX::setgid($gid);
            POSIX::setuid($uid);
            close $to;
            open STDIN, '<&', $from;
            open STDOUT, '>', '/dev/null';
            exec $program, @there, 'import', '-' or POSIX::_exit(99);
        }
        close $from;
        print $to document(11), "\n";
        close $to;
        waitpid $pid, 0;
        is $? >> 8, 0, 'standard input is a pipe of another user';
    }
};

subtest 'commands on a missing SQLite file' => sub {
    my $site = Site->new(server => 'AuthSMSValidation Off', sender => '');
    my $file = $site->httpd->dir . '/db/users.db';
    my @there = ('--driver', 'sqlite3', '--params', $file);
    for (['list'], [qw(schema show)], [qw(schema upgrade)], [qw(import -)], [qw(show ada)]) {
        run($site, @there, @$_);
        ok !-e $file, "@$_ creates no file" or unlink $file;
    }
    $site->start;
    is $site->register(Site::person())->{status}, 201, 'httpd creates the file';
    $site->stop;
};

subtest 'relative paths of a configuration without ServerRoot' => sub {
    my ($site, @there) = tables();
    my $conf = $site->httpd->write('etc/apache2.conf', "IncludeOptional mods-enabled/*.conf\n");
    $site->httpd->write('etc/mods-enabled/authsms.conf', "DBDriver sqlite3\nDBDParams $there[3]\n");
    my $here = Cwd::getcwd();
    chdir '/';
    my ($code, $out) = run($site, '--config', $conf, 'list');
    chdir $here;
    is $code, 0, "they are relative to the file, as on Debian" or diag $out;
};

subtest 'upgrade longer than statement_timeout' => sub {
    plan skip_all => 'no PostgreSQL here' unless Postgres::available();
    my $pg = Postgres->new;
    my $site = Site->new;
    (my $params = $pg->create_database) =~ s/statement_timeout=\d+/statement_timeout=100/ or die;
    $pg->psql($pg->{name}, $_)
        for 'CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM '
        . 'pg_sleep(0.2); END $$',
        "CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE "
        . "FUNCTION slow()";
    my ($code, $out) = run($site, '--driver', 'pgsql', '--params', $params, qw(schema create));
    is $code, 0, 'it is not cancelled' or diag $out;
    $pg->stop;
};

subtest 'errors of the database' => sub {
    my ($site, @there) = tables();
    my ($code, $out) = run(
        $site, '--driver', 'pgsql', '--params',
        'host=127.0.0.1 port=1 dbname=x connect_timeout=2', 'list'
    );
    is $code, 1, 'unreachable server: exit code 1';
    like $out, qr/port 1 failed: Connection refused/, 'unreachable server: error of the driver';
    unlike $out, qr/trying again/, 'unreachable server: no retry';
    ($code, $out) = run(
        $site, '--driver', 'pgsql', '--params',
        'host=127.0.0.1 port=1 password=x connect_timeout=2', 'list'
    );
    like $out, qr{visible in the process list.*pgpass}, 'password in --params: warning';
    ($code, $out) = run(
        $site, '--driver', 'pgsql', '--params',
        'postgresql://ada:secret@127.0.0.1:1/x?connect_timeout=2', 'list'
    );
    like $out, qr/visible in the process list/, 'password in a URI: warning';
    unlike $out, qr/secret/, 'the warning does not show the password';
    run($site, @there, 'import', '-', \document(1));
    is system("'$Authsmsctl::program' @there list >/dev/full 2>/dev/null") >> 8, 1,
        'output cannot be written: exit code 1';
    SKIP: {
        skip 'not root', 2 if $>;
        system 'chmod', '755', $site->httpd->dir, $site->httpd->dir . '/db';
        my $printed = `cd / && runuser -u nobody -- '$Authsmsctl::program' @there list 2>&1`;
        is $? >> 8, 1, 'file without permission: exit code 1';
        like $printed, qr/readonly|read-only|unable to open|permission/i,
            'file without permission: error';
    }
};

done_testing;
