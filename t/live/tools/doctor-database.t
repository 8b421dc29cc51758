# SPDX-License-Identifier: Apache-2.0
# authsmsctl doctor: databases, on SQLite and PostgreSQL.
use strict;
use warnings;
use lib 't/lib';
use Authsmsctl qw(run);
use Doctor;
use IO::Socket::INET;
use Postgres;
use Site;
use Test::More;

plan skip_all => "no $Authsmsctl::program" unless Authsmsctl::available();
plan skip_all => 'files of other users need root' if $>;

subtest 'SQLite' => sub {
    my $site = Site->new(sender => 'AuthSMSValidation Off');
    my $dir = $site->httpd->dir . '/db';
    my $file = "$dir/users.db";
    my ($code, $out) = doctor($site);
    is $code, 0, 'no file yet: exit status 0' or diag $out;
    has($out, 'warning', "database: $file does not exist yet", 'start httpd');
    ok !-e $file, 'no file yet: none is made';
    has_problem(
        $site, changed($site, qr{\Q$file\E}, "$dir/none/users.db"),
        'database: DBDParams .*No such file', "install -d -o www-data -g www-data -m 750 $dir/none"
    );
    has_problem(
        $site, changed($site, 'DBDriver sqlite3', 'DBDriver mysql'),
        'database: DBDriver .*is neither sqlite3 nor pgsql', 'sqlite3 or pgsql'
    );
    my $etc = changed($site, qr{\Q$file\E}, '/etc/users.db');
    has_problem(
        $site, $etc, "database: httpd's user www-data cannot write /etc",
        'move the file to a directory of its own.*install -d .* /etc/authsms'
    );
    $out = has_problem(
        $site, $etc, 'database: .*every local user can read the directory /etc',
        'move the file'
    );
    unlike $out, qr{750 /etc$}m, 'no advice to change the mode of /etc';
    chmod 0755, $dir;
    has_problem(
        $site, undef, "database: DBDParams .*every local user can read the directory $dir",
        "chmod 750 $dir"
    );
    chown 0, 0, $dir;
    has_problem(
        $site, undef, "database: httpd's user www-data cannot write $dir",
        'install -d -o www-data'
    );
    chown +(getpwnam 'www-data')[2, 3], $dir;
    chmod 0750, $dir;
    $site->start;
    $site->signup;
    $site->httpd->stop;
};

subtest 'tables of SQLite' => sub {
    my $site = Site->new(sender => 'AuthSMSValidation Off');
    my $file = $site->httpd->dir . '/db/users.db';
    my @there = ('--driver', 'sqlite3', '--params', $file);
    $site->httpd->write('db/users.db', '');
    my ($code, $out) = doctor($site);
    has_problem(
        $site, undef, "database: httpd's user www-data cannot write $file",
        "chown www-data:www-data $file"
    );
    chown +(getpwnam 'www-data')[2, 3], $file;
    ($code, $out) = doctor($site);
    is $code, 0, 'an empty file: exit status 0' or diag $out;
    has($out, 'warning', "database: $file is empty", 'start httpd');
    $site->sql('PRAGMA journal_mode=WAL; CREATE TABLE other (x)');
    ($code, $out) = doctor($site);
    has($out, 'warning', 'database: there are no tables yet', 'start httpd');
    my $check = changed($site, 'DBDriver', "AuthSMSSchema check\nDBDriver");
    has_problem(
        $site, $check, 'database: there are no tables yet',
        'authsmsctl --config .*httpd.conf schema create'
    );
    run($site, @there, qw(schema create));
    ($code, $out) = doctor($site, $check);
    is $code, 0, 'tables: exit status 0' or diag $out;
    $site->sql('DROP TABLE authsms_roles');
    has_problem($site, undef, 'database: the table authsms_roles does not exist', 'backup');
    $site->sql('UPDATE authsms_schema SET version = 5, min_module = 5');
    has_problem(
        $site, undef, 'database: the tables have version 5, and this module needs 6',
        'schema upgrade'
    );
    $site->sql('UPDATE authsms_schema SET version = 99, min_module = 98');
    has_problem(
        $site, undef, 'database: the tables have version 99 and need a module of version 98',
        'upgrade mod_authsms'
    );
    $site->sql('DELETE FROM authsms_schema');
    has_problem($site, undef, 'database: authsms_schema has no row', 'backup');
    $site->sql('INSERT INTO authsms_schema VALUES (6, 5)');
    $site->sql('PRAGMA journal_mode=DELETE');
    ($code, $out) = doctor($site);
    has($out, 'warning', 'database: .*its journal mode is not WAL', 'start httpd');
    is $site->sql('PRAGMA journal_mode'), 'delete', 'the journal mode is left alone';
    $site->httpd->write('db/users.db', 'x' x 4096);
    ($code, $out) = doctor($site);
    has($out, 'warning', 'database: .*is no SQLite file', 'quick_check');
};

SKIP: {
    skip 'no PostgreSQL here', 1 unless Postgres::available();
    my $pg = Postgres->new;
    subtest 'PostgreSQL' => sub {
        my $site = Site->new(driver => 'pgsql', pg => $pg, sender => 'AuthSMSValidation Off');
        my @config = ('--config', $site->httpd->write('httpd.conf', $site->httpd->config));
        push @secrets, 'correct horse battery';
        run($site, @config, qw(schema create));
        run($site, @config, qw(add ada --number +447700900123), \$secrets[-1]);
        my $rights = 'SELECT, INSERT, UPDATE, DELETE';
        my $sql = sub { $site->sql($_) for @_ };
        $sql->(
            'CREATE ROLE web LOGIN', 'GRANT SELECT ON authsms_schema TO web',
            map { "GRANT $rights ON $_ TO web" } @tables[1 .. $#tables]
        );
        my $conf = changed($site, 'user=postgres', 'user=web');
        my $but = sub { my ($from, $to) = @_; $conf =~ s/$from/$to/r };
        my $before = content($site);
        my ($code, $out) = doctor($site, $conf);
        is $code, 0, 'exit status 0' or diag $out;
        has($out, 'ok', 'database: DBDriver pgsql .*: connected');
        has($out, 'ok', 'database: the clocks of this host and of the database server agree');
        has($out, 'ok', 'database: 4 children with 8 connections each: the server accepts 197');
        has($out, 'ok', 'database: all 13 tables, and the rights on them');
        unlike $out, qr/^(?:problem|warning) +database/m, 'no problem and no warning';
        is content($site), $before, 'nothing was written';

        ($code, $out) = doctor($site);
        has($out, 'warning', 'database: the role postgres is a superuser', 'least privileges');
        ($code, $out) = doctor($site, $but->('-c statement_timeout=3000', ''));
        has($out, 'warning', 'database: time limits are missing', 'statement_timeout=3000');
        ($code, $out) = doctor($site, $but->('-c lock_timeout=2000', ''));
        has($out, 'warning', 'database: time limits are missing', 'lock_timeout=2000');
        ($code, $out) = doctor($site, $but->('DBDMax 8', 'DBDMax 50'));
        is $code, 0, 'more connections under full load: exit status 0';
        has(
            $out, 'warning', 'database: under full load 4 children open 50 connections each',
            'set DBDMax to 49'
        );
        has(
            $out, 'warning', 'database: DBDMax is 50: a database that hangs',
            'ThreadsPerChild, 25'
        );
        ($code, $out) = doctor($site, $but->('mpm_event_module \S+', 'mpm_prefork_module x.so'));
        has(
            $out, 'warning', 'database: under full load 100 children open 8 connections each',
            'set DBDMax to 1,'
        );
        ($code, $out) = doctor($site, $but->('LoadModule mpm_event_module.*', ''));
        has($out, 'not checked', 'database: the number of httpd.s children', 'max_connections');
        has_problem(
            $site, $but->('DBDMax 8', 'DBDMax 500'),
            'database: DBDMax is 500, and the server accepts 197', 'set DBDMax to 8'
        );

        $sql->('REVOKE INSERT, DELETE ON authsms_codes FROM web');
        has_problem(
            $site, $conf, 'database: the role web lacks INSERT, DELETE on the table '
                . 'authsms_codes', 'GRANT INSERT, DELETE ON authsms_codes TO web'
        );
        $sql->("GRANT $rights ON authsms_codes TO web", 'ALTER TABLE authsms_roles RENAME TO gone');
        has_problem(
            $site, $conf, 'database: the table authsms_roles does not exist',
            'GRANT USAGE'
        );
        $sql->('ALTER TABLE gone RENAME TO authsms_roles', 'REVOKE ALL ON authsms_schema FROM web');
        has_problem(
            $site, $conf, 'database: the role web lacks SELECT on the table authsms_schema',
            'GRANT SELECT ON authsms_schema'
        );
        $sql->('GRANT SELECT ON authsms_schema TO web');

        has_problem(
            $site, $but->('dbname=\w+', 'dbname=nosuch'),
            'database: .*"nosuch" does not exist', 'correct dbname='
        );
        has_problem(
            $site, $but->('user=web', 'user=nosuch'), 'database: .*"nosuch" does not exist',
            'correct dbname= and user='
        );
        my $port = Httpd::free_port();
        has_problem(
            $site, $but->("port=$pg->{port}", "port=$port"),
            'database: .*Connection refused', 'start PostgreSQL.*httpd\.conf:\d+'
        );
        # A server that accepts connections and says nothing. 0 would mean: wait without end.
        my $silent = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1');
        $out = has_problem(
            $site,
            $but->("port=$pg->{port}", 'port=' . $silent->sockport) =~
                s/connect_timeout=2/connect_timeout=0/r,
            'database: .*timeout expired', 'firewall'
        );
        has($out, 'warning', 'database: DBDParams .*with connect_timeout=0', 'connect_timeout=2');
        close $silent;
        $sql->('CREATE ROLE "my-role" LOGIN');
        has_problem(
            $site, $but->('user=web', 'user=my-role'),
            'database: the role my-role lacks SELECT on the table authsms_schema',
            'GRANT SELECT ON authsms_schema TO "my-role"'
        );
        my $version = $site->sql('SELECT version FROM authsms_schema');
        $sql->('UPDATE authsms_schema SET version = 4, min_module = 4');
        my $second =
              $conf
            . '<VirtualHost 192.0.2.1:80>'
            . "\nDBDriver sqlite3\n"
            . "DBDParams ${\$site->httpd->dir}/db/other.db\n</VirtualHost>\n";
        has_problem(
            $site, $second, 'database: the tables have version 4',
            "authsmsctl --driver pgsql --params '.*' schema upgrade, with the DBDParams of "
                . '.*httpd\.conf:\d+'
        );
        $sql->("UPDATE authsms_schema SET version = $version, min_module = $version");
        $sql->("ALTER ROLE web PASSWORD 'right'");
        $pg->_run_as_postgres(
                  "sed -i 's/trust\$/scram-sha-256/; 1i host all postgres 127.0.0.1/32 trust' "
                . "'$pg->{dir}/data/pg_hba.conf'");
        $pg->pg_ctl('fast', 'reload');
        push @secrets, 'wrong-password';
        my $wrong = $but->('user=web', 'user=web password=wrong-password');
        $site->httpd->write('httpd.conf', $wrong);
        has_problem($site, $wrong, 'database: .*password authentication failed', 'correct user=');
        has_problem(
            $site, $wrong, 'database: DBDParams: the secret stands in .*httpd\.conf:\d+',
            'passfile=PATH, or chmod 640'
        );
        has_problem($site, $conf, 'database: .*no password supplied', 'passfile=PATH');
        push @secrets, 'hunter2', 'second-word';
        has_problem(
            $site, $but->('user=web', 'user=web password=hunter2 second-word'),
            'database: .*DBDParams', 'check DBDParams'
        );
        has_problem(
            $site,
            changed(
                $site, qr/^DBDParams .*$/m,
                'DBDParams postgresql://web:hunter2@[::1/x'
            ),
            'database: .*DBDParams',
            'check DBDParams'
        );
    };
    $pg->stop;
}

done_testing;
