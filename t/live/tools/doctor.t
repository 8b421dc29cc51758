# SPDX-License-Identifier: Apache-2.0
# authsmsctl doctor: a healthy site has no problem, and each fault has a line, an advice and exit
# status 1. It writes nothing, and shows no secret.
use strict;
use warnings;
use lib 't/lib';
use Authsmsctl qw(run);
use IO::Socket::INET;
use JSON::PP ();
use POSIX qw(strftime);
use Postgres;
use Provider;
use Site;
use Test::More;

plan skip_all => "no $Authsmsctl::program" unless Authsmsctl::available();
plan skip_all => 'files of other users need root' if $>;

my @tables = map { "authsms_$_" } qw(schema users codes sessions limits addresses jobs outbox
    conversions challenges roles invitations resets);

# Everything in the database but the leases of httpd's background jobs.
sub content {
    my ($site) = @_;
    return join "\n", map { $site->sql("SELECT * FROM $_ ORDER BY 1") } grep { !/_jobs/ } @tables;
}

# Secrets that no output may have. Each test adds its own.
my @secrets;

# Run doctor on a configuration: (exit status, output).
sub doctor {
    my ($site, $conf, @options) = @_;
    my $file = $site->httpd->write('httpd.conf', $conf // $site->httpd->config);
    my ($code, $out) = run($site, '--config', $file, @options, 'doctor');
    my @shown = grep { length && index($out, $_) >= 0 } @secrets;
    is_deeply \@shown, [], 'no secret is shown' or diag $out;
    return ($code, $out);
}

# The configuration of a site with a part replaced.
sub changed {
    my ($site, $from, $to) = @_;
    my $conf = $site->httpd->config;
    $conf =~ s/$from/$to/ or die "the configuration has no $from";
    return $conf;
}

# There is a line of this result, with this advice below.
sub has {
    my ($out, $result, $line, $advice) = @_;
    my $found = $out =~ /^\Q$result\E +$line.*\n/m;
    ok $found, "$result: $line" or diag $out;
    return unless defined $advice;
    like $out, qr/^\Q$result\E +$line.*\n {13}.*$advice/m, "advice: $advice";
    return;
}

# doctor reports this problem, and ends with 1.
sub has_problem {
    my ($site, $conf, $line, $advice) = @_;
    my ($code, $out) = doctor($site, $conf);
    is $code, 1, "exit status 1: $line";
    has($out, 'problem', $line, $advice);
    return $out;
}

subtest 'a healthy site on SQLite' => sub {
    my $site = Site->new(sender => 'AuthSMSValidation Off')->start;
    my $person = $site->signup;
    push @secrets, unpack('H*', $site->key), $person->{password}, $person->{token};
    my $before = content($site);
    my ($code, $out) = doctor($site);
    is $code, 0, 'exit status 0' or diag $out;
    unlike $out, qr/^problem /m, 'no problem';
    has($out, 'ok', 'configuration: .*httpd\.conf: \d+ directives of mod_authsms in 1 files');
    has($out, 'ok', 'keys: AuthSMSKey HS256 file:key \(.*httpd\.conf:\d+\)');
    has($out, 'ok', 'database: .*/users\.db: owner and modes');
    has($out, 'ok', 'database: the tables have version \d+');
    has($out, 'ok', 'database: all 13 tables');
    has($out, 'ok', 'database: the file is intact');
    like $out, qr/^problems: 0, warnings: \d+, not checked: \d+\n\z/m, 'the sum';
    is content($site), $before, 'nothing was written';

    ($code, my $json) = doctor($site, undef, '--json');
    is $code, 0, '--json: exit status 0';
    my @lines = map { JSON::PP::decode_json($_) } split /\n/, $json;
    my $sum = pop @lines;
    is $sum->{problems}, 0, '--json: the sum';
    is_deeply [sort keys %{ $lines[0] }], [qw(advice group message result)], '--json: members';
    is scalar(grep { !/^ / } split /\n/, $out), @lines + 1, '--json: as many lines';
    $site->register(Site::person());
    is $site->login($person)->{status}, 200, 'httpd works on';
    $site->stop;
};

subtest 'arguments' => sub {
    my $site = Site->new;
    my ($code, $out) = run($site, 'doctor');
    is $code, 2, 'no --config: exit status 2';
    like $out, qr/doctor needs --config FILE/, 'no --config: error';
    ($code, $out) = run($site, qw(--driver sqlite3 --params /x doctor));
    is $code, 2, '--params: exit status 2';
    ($code, $out) = run($site, qw(--config /nowhere doctor));
    is $code, 1, 'unknown file: exit status 1';
    like $out, qr{/nowhere cannot be read}, 'unknown file: error';
    ($code, $out) = run($site, qw(--config /nowhere doctor more));
    is $code, 2, 'a word too many: exit status 2';
    has_problem(
        $site, "ServerName x\n", 'configuration: .*no directive of mod_authsms',
        'AuthSMSKey'
    );
};

subtest 'keys' => sub {
    my $site = Site->new;
    my $key = $site->httpd->dir . '/key';
    my $line = qr/AuthSMSKey HS256 file:key/;
    push @secrets, unpack 'H*', $site->key;
    my $is = sub { has_problem($site, changed($site, $line, $_[0]), @_[1, 2]) };

    for (
        [0644, 'every local user can read it \(mode 0644\)'],
        [0640, 'its group can read it'], [0622, 'every local user can replace it']
    ) {
        chmod $_->[0], $key;
        has_problem($site, undef, "keys: AuthSMSKey .*: .*/key: $_->[1]", "chmod 600 \Q$key\E");
    }
    chmod 0600, $key;
    chown 12345, 0, $key;
    has_problem($site, undef, 'keys: .*it belongs to the user 12345', "chown root:root \Q$key\E");
    chown +(getpwnam 'www-data')[2], 0, $key;
    has_problem($site, undef, 'keys: .*it belongs to www-data', 'chown root:root');
    chown 0, 0, $key;
    my $folder = $site->httpd->dir . '/open';
    $site->httpd->write('open/key', 'hex:' . unpack('H*', $site->key), 0600);
    chmod 0777, $folder;
    $is->('AuthSMSKey HS256 file:open/key', 'keys: .*its directory is 0777', "chmod go-w $folder");

    $is->(
        'AuthSMSKey HS256 file:gone', 'keys: .*file:gone: cannot be read: No such file',
        'openssl rand'
    );
    $site->httpd->write('short', 'hex:' . 'a7' x 8 . 'b1' x 8, 0600);
    $is->('AuthSMSKey HS256 file:short', 'keys: .*too short: it has 16 bytes', 'openssl rand');
    $site->httpd->write('public', 'your-256-bit-secret', 0600);
    $is->('AuthSMSKey HS256 file:public', 'keys: .*printed in public documents', 'openssl rand');
    push @secrets, 'your-256-bit-secret';
    $is->(
              'AuthSMSKey HS256 literal-secret-of-more-than-32-bytes-x', 'keys: .*httpd\.conf:\d+,'
            . ' which every local user can read', 'chmod 640'
    );
    push @secrets, 'literal-secret-of-more';
    $is->(
        'AuthSMSKey swapped-secret-0123456789abcdefgh HS256', 'keys: .*the first word is none of',
        'AuthSMSKey ALGORITHM SOURCE'
    );
    push @secrets, 'swapped-secret';
    $is->(
        "AuthSMSKey HS256 file:key kid=one\nAuthSMSKey HS256 file:open/key kid=one",
        'keys: .*has the same kid', 'set another kid=ID'
    );
    $site->httpd->write('other', 'hex:' . join('', map { sprintf '%02x', 7 * $_ } 1 .. 32), 0600);
    my $kids = "AuthSMSKey HS256 file:key kid=One\nAuthSMSKey HS256 file:other kid=one";
    my ($code, $out) = doctor($site, changed($site, $line, $kids));
    is $code, 0, 'a kid is case-sensitive' or diag $out;
    $is->('AuthSMSKey HS256 file:key verify-only', 'keys: no AuthSMSKey can sign', 'add a line');
    $is->('AuthSMSKey none', 'keys: no AuthSMSKey, but', 'add AuthSMSKey HS256');
    $is->(
        "AuthSMSKey HS256 file:key\nAuthSMSSecret file:short", 'keys: AuthSMSSecret .*too short',
        'openssl rand -hex 32'
    );

    system("openssl genrsa -out $folder/rsa 1024 2>/dev/null");
    system("openssl genrsa 2048 2>/dev/null | openssl rsa -pubout -out $folder/pub 2>/dev/null");
    chmod 0600, "$folder/rsa";
    chmod 0644, "$folder/pub";
    chmod 0755, $folder;
    $is->('AuthSMSKey RS256 file:open/rsa', 'keys: .*fewer than 2048 bits', 'PEM or JWK');
    ($code, $out) = doctor(
        $site,
        changed($site, $line, "AuthSMSKey HS256 file:key\nAuthSMSKey RS256 file:open/pub")
    );
    has($out, 'ok', 'keys: AuthSMSKey RS256 file:open/pub');
    is $code, 0, 'everybody may read a public key';

    ($code, $out) = doctor($site, changed($site, $line, 'AuthSMSKey HS256 env:NOT_HERE'));
    is $code, 0, 'a variable of httpd alone: exit status 0';
    has($out, 'not checked', 'keys: .*NOT_HERE is not set here', 'NOT_HERE=');
    ($code, $out) = doctor($site, changed($site, $line, 'AuthSMSKey HS256 ${NOT_HERE}'));
    has($out, 'not checked', 'keys: AuthSMSKey HS256 \(literal\).*not set here', 'set it in this');
};

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

subtest 'providers' => sub {
    my $p = Provider->start;
    my $site = Site->new;
    my $with = sub { changed($site, 'AuthSMSSender log', join "\n", @_) };
    my %lines = (
        twilio => ['AuthSMSSender ' . $p->twilio, 'token', $p->token],
        vonage => ['AuthSMSSender ' . $p->vonage, 'secret', $p->{vonage_secret}],
        authy => ['AuthSMSVerifier ' . $p->authy, 'key', $p->key],
        'twilio-verify' => ['AuthSMSVerifier ' . $p->twilio_verify, 'token', $p->token],
    );
    push @secrets, $p->token, $p->{vonage_secret}, $p->key;

    my ($code, $out) = doctor($site);
    is $code, 0, 'log: exit status 0';
    has($out, 'warning', 'providers: AuthSMSSender log .*go to the error log', 'docs/sms.md');
    for my $name (sort keys %lines) {
        my ($line, $key, $value) = @{ $lines{$name} };
        my $conf = $with->($line =~ s/"\Q$key\E=[^"]*"/$key=file:provider/r);
        $p->set_mode('ok', date => strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime));
        $site->httpd->write('provider', "$value\n", 0600);
        ($code, $out) = doctor($site, $conf);
        is $code, 0, "$name: exit status 0" or diag $out;
        has($out, 'ok', "providers: AuthSMS\\w+ $name .*accepts the credentials");
        has($out, 'ok', 'providers: the clocks of this host and of the provider agree');
        $site->httpd->write('provider', "wrong-$name-secret\n", 0600);
        push @secrets, "wrong-$name-secret";
        has_problem(
            $site, $conf, "providers: AuthSMS\\w+ $name .*refuses the credentials: .*401",
            'httpd\.conf:\d+ with the provider'
        );
        $p->set_mode(429);
        ($code, $out) = doctor($site, $conf);
        is $code, 0, "$name: 429: exit status 0";
        has($out, 'warning', "providers: .*$name .*no more requests for now: .*429", 'later');
        $p->set_mode(503);
        has_problem($site, $conf, "providers: .*$name .*cannot be used now: .*503", 'status page');
        $p->set_mode('garbage');
        has_problem($site, $conf, "providers: .*$name .*cannot be used now", 'status page');
        $p->set_mode('ok');
        my $port = Httpd::free_port();
        has_problem(
            $site, $conf =~ s/127\.0\.0\.1:\d+(?=\n\S*AuthSMSPass)/127.0.0.1:$port/r,
            "providers: .*$name .*cannot be used now: .*[Cc]onnect", 'firewall'
        );
        has_problem(
            $site, $with->($line), "providers: .*$name .*the secret stands in .*httpd\\.conf",
            'chmod 640'
        );
    }
    my $twilio = $with->($lines{twilio}[0] =~ s/"token=[^"]*"/token=file:provider/r);
    $site->httpd->write('provider', $p->token, 0644);
    has_problem(
        $site, $twilio, 'providers: AuthSMSSender twilio .*/provider: every local user can',
        'chmod 600'
    );
    chmod 0600, $site->httpd->dir . '/provider';
    $p->set_mode('ok', account_status => 'suspended');
    has_problem($site, $twilio, 'providers: .*twilio .*the account is suspended', 'console');
    $p->set_mode('ok', date => strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime time + 3600));
    has_problem($site, $twilio, 'providers: the clock of this host is 3\d\d\d s behind', 'NTP');
    has_problem(
        $site, $twilio =~ s/from=\S+/from=:/r, 'providers: .*twilio .*from= must be',
        'configtest'
    );
    ($code, $out) = doctor($site, $twilio =~ s/file:provider/env:NOT_HERE/r);
    is $code, 0, 'a variable of httpd alone: exit status 0' or diag $out;
    has($out, 'not checked', 'providers: .*twilio .*NOT_HERE is not set here');
    $site->httpd->write('webhook', $p->secret, 0600);
    push @secrets, $p->secret;
    ($code, $out) =
        doctor($site, $with->('AuthSMSSender webhook secret=file:webhook url=' . $p->url));
    is $code, 0, 'webhook: exit status 0' or diag $out;
    has(
        $out, 'not checked', 'providers: AuthSMSSender webhook .*no request that sends no text',
        'register with a number of yours'
    );
    push @secrets, 'http-literal';
    # Words of the sender http that have a secret, and some that have none.
    my $url = 'url=http://127.0.0.1:9/send';
    my $body = q('body={"to":"{to}","text":"{text}"}');
    for (
        [qq($url $body "header=X-Api-Key: http-literal") => 1],
        ["$url?api_key=http-literal $body" => 1],
        [qq($url 'body={"token": "http-literal","to":"{to}","text":"{text}"}') => 1],
        [qq($url $body "header=Accept: application/json" auth=bearer:file:webhook) => 0],
        ["$url?key={to} $body" => 0],
        ["$url $body" => 0]
    ) {
        my ($words, $is_secret) = @$_;
        ($code, $out) = doctor($site, $with->("AuthSMSSender http $words"));
        is scalar(() = $out =~ /^problem +providers: AuthSMSSender http .*the secret stands in/mg),
            $is_secret, "http $words"
            or diag $out;
    }
    is_deeply [grep { $_->{method} ne 'GET' } $p->requests], [], 'all requests are GET';
    is_deeply [$p->texts], [], 'no text was sent';
    $p->stop;
};

subtest 'public URL' => sub {
    my $p = Provider->start;
    my $site = Site->new->start;
    my $url = $site->httpd->url . '/app_api';
    my $with = sub { changed($site, 'DBDriver', "AuthSMSPublicURL $_[0]\nDBDriver") };
    my ($code, $out) = doctor($site);
    has(
        $out, 'not checked', 'public URL: .*there is no AuthSMSPublicURL',
        'AuthSMSPublicURL https'
    );
    ($code, $out) = doctor($site, $with->($url));
    is $code, 0, 'exit status 0' or diag $out;
    has($out, 'ok', "public URL: AuthSMSPublicURL $url .*answers as this API");
    has($out, 'warning', 'public URL: .*is not https', 'AuthSMSPublicURL https://HOST/PATH');
    has_problem(
        $site, $with->("$url\nAuthSMSCookie __Host-authsms"),
        'public URL: .*is not https: browsers send the cookie', 'https://HOST/PATH'
    );
    has_problem(
        $site, $with->('http://authsms.invalid/app_api'), 'public URL: .*is not https',
        'https://HOST/PATH'
    );
    has_problem(
        $site, $with->($site->httpd->url . '/private'), 'public URL: .*is not this API: '
            . 'HTTP 401', 'AuthSMSApi On'
    );
    has_problem(
        $site, $with->($p->url . '/app_api'), 'public URL: .*is not this API: HTTP 404',
        'a proxy in front'
    );
    my $port = Httpd::free_port();
    has_problem(
        $site, $with->("http://127.0.0.1:$port/app_api"),
        'public URL: .*cannot be reached: .*[Cc]onnect', 'start httpd'
    );
    has_problem(
        $site, $with->('https://authsms.invalid/app_api'),
        'public URL: .*cannot be reached: .*resolve', 'DNS record'
    );
    ($code, $out) = doctor($site, $with->('https://${NOT_HERE}/app_api'));
    has($out, 'not checked', 'public URL: .*a variable of its value is not set here');

    ($code, $out) = doctor($site, $with->("ftp://authsms.invalid/\x9b"), '--json');
    like $out, qr{invalid/\\ufffd}, '--json: a byte that is not UTF-8 is replaced';
    ok !grep({ !eval { JSON::PP::decode_json($_) } } split /\n/, $out), '--json: each line is JSON';

    my $dir = $site->httpd->dir;
    system(   "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout $dir/tls.key "
            . "-out $dir/tls.pem 2>/dev/null") == 0
        or die 'openssl req';
    my $pid = fork // die;
    if (!$pid) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        exec 'openssl', 's_server', '-accept', "127.0.0.1:$port", '-www', '-key', "$dir/tls.key",
            '-cert', "$dir/tls.pem" or POSIX::_exit(99);
    }
    for (1 .. 200) {
        last if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
        select undef, undef, undef, 0.05;
    }
    has_problem(
        $site, $with->("https://localhost:$port/app_api"),
        'public URL: .*cannot be reached: .*certificate', 'install a certificate'
    );
    kill 'TERM', $pid;
    waitpid $pid, 0;
    $p->stop;
    $site->stop;
};

subtest 'many virtual hosts' => sub {
    my $site = Site->new(key => '');
    my $hosts = join '',
        map { "<VirtualHost 192.0.2.1:80>\nServerName h$_\n</VirtualHost>\n" } 1 .. 5;
    my ($code, $out) = doctor($site, $site->httpd->config . $hosts);
    is $code, 1, 'exit status 1';
    is scalar(() = $out =~ /^problem +keys: no AuthSMSKey/mg), 1, 'one problem is reported once';
    like $out, qr/^problems: 1, /m, 'and counted once';
};

subtest 'settings' => sub {
    my $site = Site->new;
    push @secrets, '+447700900999', '482913';
    my ($code, $out) = doctor(
        $site,
        changed(
            $site, 'DBDriver', join "\n", 'AuthSMSLimit * off',
            'AuthSMSTestNumber +447700900999 482913 user=reviewer', 'AuthSMSRequireClaims none',
            'DBDriver'
        )
    );
    is $code, 0, 'warnings: exit status 0' or diag $out;
    has($out, 'warning', 'settings: AuthSMSLimit \* off', 'set a limit');
    has($out, 'warning', 'settings: AuthSMSTestNumber .*fixed code', 'after the review');
    has($out, 'warning', 'settings: AuthSMSRequireClaims none', 'remove the line');
    ($code, $out) = doctor($site);
    has($out, 'ok', 'settings: limits are on');
    my $dir = $site->httpd->dir;
    has_problem(
        $site, changed($site, 'DBDriver', "AuthSMSAuditLog audit/log\nDBDriver"),
        "settings: AuthSMSAuditLog $dir/audit/log .*directory cannot be found",
        "install -d -o root -g root -m 750 $dir/audit"
    );
    ($code, $out) = doctor($site, changed($site, 'DBDriver', "AuthSMSAuditLog /x\nDBDriver"));
    is $code, 0, 'a file in /: exit status 0' or diag $out;
    ($code, $out) = doctor($site, changed($site, 'DBDriver', "AuthSMSAuditLog logs/x\nDBDriver"));
    is $code, 0, 'a directory that exists: exit status 0' or diag $out;
    has_problem(
        $site, changed($site, 'AuthSMSSender log', ''),
        'providers: no AuthSMSSender, so nobody can register', 'docs/sms.md'
    );
    ($code, $out) = doctor($site, "User www-data\nGroup www-data\nAuthSMSKey HS256 file:key\n");
    is $code, 0, 'no API and no guard: exit status 0' or diag $out;
    has($out, 'warning', 'configuration: no Location has AuthSMSApi On', 'AuthSMSApi On');
    has($out, 'warning', 'database: no DBDriver and DBDParams', 'add DBDriver');
};

# Values in the wrong place are not shown either.
subtest 'misplaced secrets' => sub {
    my $site = Site->new;
    push @secrets, 'misplaced-secret';
    my $sender = sub { changed($site, 'AuthSMSSender log', $_[0]) };
    for (
        [
            $sender->('AuthSMSSender token=misplaced-secret twilio'),
            'providers: AuthSMSSender \('
        ],
        [$sender->('AuthSMSVerifier key=misplaced-secret'), 'providers: AuthSMSVerifier \('],
        [$sender->('AuthSMSSender twilio misplaced-secret'), 'providers: AuthSMSSender twilio'],
        [$sender->('AuthSMSSender misplaced-secret'), 'providers: AuthSMSSender \('],
        [
            changed($site, 'DBDriver sqlite3', 'DBDriver password=misplaced-secret'),
            'database: DBDriver'
        ],
        [
            changed(
                $site, 'DBDriver', "AuthSMSPublicURL https://u:misplaced-secret\@h/x\nDBDriver"
            ),
            'public URL: AuthSMSPublicURL \(with a user'
        ],
    ) {
        has_problem($site, @$_, '');
    }
    my ($code, $out) = doctor(
        $site,
        changed($site, qr/DBDParams .*/, 'DBDParams "host=x password=misplaced-secret"')
    );
    has($out, 'not checked', 'database: DBDParams .*relative', 'for PostgreSQL, DBDriver pgsql');

    my $define = 'hex:' . '0123456789abcdef' x 4;
    push @secrets, $define;
    ($code, $out) = doctor(
        $site,
        changed($site, 'AuthSMSKey .*', "Define KEY $define\nAuthSMSKey HS256 \${KEY}")
    );
    unlike $out, qr/stands in/, 'the value of a variable is not said to stand in the line';
    push @secrets, 'literal-beside-a-variable';
    has_problem(
        $site,
        $sender->(
                  'AuthSMSSender twilio account=AC'
                . 'a' x 32
                . ' from=${HOME_NUMBER}+15005550006 token=literal-beside-a-variable'
                . ' url=http://127.0.0.1:9'
        ) =~ s/^/Define HOME_NUMBER ""\n/r,
        'providers: AuthSMSSender twilio .*stands in .*httpd\.conf:',
        'chmod 640'
    );
};

subtest 'the layout of Debian' => sub {
    my $site = Site->new;
    my $etc = $site->httpd->dir . '/etc';
    my $key = unpack 'H*', $site->key;
    my %file = (
              'envvars' => "export APACHE_RUN_USER=www-data\nexport APACHE_RUN_GROUP=www-data\n"
            . "export APACHE_RUN_DIR=/var/run/apache2\$SUFFIX\nexport AUTHSMS_KEY=hex:$key\n",
        'apache2.conf' => "DefaultRuntimeDir \${APACHE_RUN_DIR}\nUser \${APACHE_RUN_USER}\n"
            . "Group \${APACHE_RUN_GROUP}\nErrorLog \${APACHE_LOG_DIR}/error.log\n"
            . "IncludeOptional mods-enabled/*.load\nIncludeOptional mods-enabled/*.conf\n"
            . "IncludeOptional sites-enabled/*.conf\n",
        'mods-enabled/mpm_event.load' => "LoadModule mpm_event_module mod_mpm_event.so\n",
        'mods-enabled/authsms.load' => "LoadModule authsms_module mod_authsms.so\n",
        'mods-enabled/authsms.conf' => "<IfModule mod_authsms.c>\nDBDriver sqlite3\n"
            . 'DBDParams '
            . $site->httpd->dir
            . "/db/users.db\n"
            . "AuthSMSKey HS256 env:AUTHSMS_KEY\n</IfModule>\n",
        'sites-enabled/000-default.conf' => "<VirtualHost *:80>\n<Location /app_api>\n"
            . "AuthSMSApi On\n</Location>\n<IfModule mod_macro.c>\nAuthSMSValidation Off\n"
            . "</IfModule>\n</VirtualHost>\n",
    );
    $site->httpd->write("etc/$_", $file{$_}) for keys %file;
    chmod 0600, "$etc/envvars";
    push @secrets, $key;
    my ($code, $out) = run($site, '--config', "$etc/apache2.conf", 'doctor');
    is $code, 0, 'exit status 0' or diag $out;
    has($out, 'ok', 'configuration: .*3 directives of mod_authsms in 5 files');
    has($out, 'not checked', 'configuration: whether httpd uses AuthSMSValidation .*000-default');
    has($out, 'ok', 'keys: AuthSMSKey HS256 env:AUTHSMS_KEY');
    has($out, 'ok', 'database: .*users\.db: owner and modes');
    unlike $out, qr/$key/, 'no secret is shown';

    # Debian's envvars has mode 0644.
    chmod 0644, "$etc/envvars";
    for my $source ('env:AUTHSMS_KEY', '${AUTHSMS_KEY}') {
        my $text = $file{'mods-enabled/authsms.conf'} =~ s/env:AUTHSMS_KEY/$source/r;
        $site->httpd->write('etc/mods-enabled/authsms.conf', $text, 0600);
        ($code, $out) = run($site, '--config', "$etc/apache2.conf", 'doctor');
        is $code, 1, "$source of an open envvars: exit status 1";
        has(
            $out, 'problem', 'keys: AuthSMSKey HS256 .*stands in .*/envvars, which every local',
            "chmod 640 $etc/envvars"
        );
    }
    chmod 0600, "$etc/envvars";
    ($code, $out) = run($site, '--config', "$etc/apache2.conf", 'doctor');
    is $code, 0, '${AUTHSMS_KEY} of a closed envvars: exit status 0' or diag $out;
};

done_testing;
