# SPDX-License-Identifier: Apache-2.0
# authsmsctl doctor: a healthy site has no problem, and each fault has a line, an advice and exit
# status 1. It writes nothing, and shows no secret. Here: arguments, keys and settings.
use strict;
use warnings;
use lib 't/lib';
use Authsmsctl qw(run);
use Doctor;
use JSON::PP ();
use Site;
use Test::More;

plan skip_all => "no $Authsmsctl::program" unless Authsmsctl::available();
plan skip_all => 'files of other users need root' if $>;

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
