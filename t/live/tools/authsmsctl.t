# SPDX-License-Identifier: Apache-2.0
# authsmsctl beside a running httpd, and the import of the tutorial's accounts.
use strict;
use warnings;
use lib 't/lib';
use Authsmsctl qw(run);
use JSON::PP ();
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);
use Token;

plan skip_all => "no $Authsmsctl::program" unless Authsmsctl::available();
my $pg = Postgres::available() ? Postgres->new : undef;

sub ctl {
    my ($site, @words) = @_;
    return run($site, '--config', $site->httpd->dir . '/httpd.conf', @words);
}

sub good {
    my ($site, $output, @words) = @_;
    my ($code, $out) = ctl($site, @words);
    my $command = join ' ', grep { !ref } @words;
    is $code, 0, "$command: exit code 0" or diag $out;
    like $out, $output, "$command: output";
    return $out;
}

sub fails {
    my ($site, $wanted, $output, @words) = @_;
    my ($code, $out) = ctl($site, @words);
    my $command = join ' ', grep { !ref } @words;
    is $code, $wanted, "$command: exit code $wanted" or diag $out;
    like $out, $output, "$command: output";
}

sub page {
    my ($site, $token) = @_;
    return $site->client->get('/private/', Authorization => $token)->{status};
}

sub accounts {
    my (%o) = @_;
    my $site = Site->new(%o, server => "AuthSMSUserCheck always\nAuthSMSRequireVerified On")->start;
    my $person = $site->signup(username => "M\x{fc}ller 7");
    my $name = $person->{username};
    utf8::encode($name);
    my $pending = Site::person();
    my $pending_id = $site->register($pending)->{json}{id};

    good(
        $site, qr/^version (\d+), this program has \1; modules from version \d+ on can use it$/,
        qw(schema show)
    );
    my $list = good($site, qr/\Q$name\E/, 'list');
    is scalar(() = $list =~ /\n/g), 2, 'list: two accounts';
    unlike $list, qr/7700900\d/, 'list: no full number';
    like good($site, qr/pending/, qw(list --pending)), qr/\A\S+\t$pending->{username}\t[^\n]+\n\z/,
        'list --pending: the pending account';
    good($site, qr/\A\z/, qw(list --locked));
    like good($site, qr/$person->{id}/, 'show', $name), qr/mobile +\+44\*+\d{3}$/m,
        'show: the number is masked';
    good($site, qr/mobile +\Q@{[Site::e164($person)]}\E$/m, 'show', '--full', $person->{id});
    good($site, qr/$person->{id}/, 'show', 'MU' . "\xcc\x88" . 'LLER 7');
    unlike good($site, qr/username/, 'show', $name), qr/\$2/, 'show: no password hash';

    good($site, qr/locked/, 'lock', $name);
    is page($site, $person->{token}), 401, 'lock: the token is rejected';
    is $site->login($person)->{json}{code}, 'locked', 'lock: login returns locked';
    good($site, qr/already/, 'lock', $name);
    good($site, qr/\Q$name\E/, qw(list --locked));
    good($site, qr/unlocked/, 'unlock', $person->{id});
    is page($site, $person->{token}), 200, 'unlock: the token is accepted';
    good($site, qr/not locked/, 'unlock', $name);

    good($site, qr/verified/, 'verify', $pending->{username});
    is $site->login($pending)->{status}, 200, 'verify: login succeeds';
    good($site, qr/already/, 'verify', $pending_id);

    my $old = 'JWT '
        . Token::make($site->key, { id => $person->{id}, iat => time - 5, exp => time + 600 });
    is page($site, $old), 200, 'token without a session: status 200';
    good($site, qr/logged out/, 'logout', $name);
    is page($site, $_), 401, 'logout: the token is rejected' for $person->{token}, $old;
    is $site->login($person)->{status}, 200, 'logout: login succeeds';

    fails($site, 1, qr/--yes/, 'delete', $name);
    is $site->login($person)->{status}, 200, 'delete without --yes: login still succeeds';
    good($site, qr/deleted/, 'delete', $name, '--yes');
    is $site->login($person)->{status}, 401, 'delete --yes: login fails';
    is $site->sql("SELECT count(*) FROM authsms_sessions WHERE user_id = '$person->{id}'"), 0,
        'delete --yes: the sessions are deleted';

    fails($site, 1, qr/no account/, 'show', $_) for $name, $person->{id}, 'f' x 24, '';
    fails($site, 2, qr/usage/) for 1;
    fails($site, 2, qr/no command 'explode'/, 'explode');
    fails($site, 2, qr/usage: show/, 'show');
    fails($site, 2, qr/usage: show/, 'show', 'a', 'b');
    fails($site, 2, qr/must be show, create, upgrade or contract/, 'schema', 'drop');
    fails($site, 2, qr/limit/, 'list', '--limit', '0');
    fails($site, 2, qr/wrong|invalid/, 'list', '--wrong');
    fails($site, 2, qr/not both/, 'list', '--driver', 'sqlite3', '--params', 'x');
    fails($site, 2, qr/calling code/, 'import', '--country', 'x', '-');
    my ($code, $out) = run($site, 'list');
    is $code, 2, 'no --config or --params: exit code 2';
    ($code, $out) = run($site, '--version');
    is $code, 0, '--version without a database: exit code 0';
    like $out, qr/^authsmsctl \d+\.\d+\.\d+\n\z/, '--version: output';
    ($code, $out) = run($site, '--config', '/nowhere', 'list');
    is $code, 1, 'missing configuration file: exit code 1';
    ($code, $out) = run($site, '--driver', 'oracle', '--params', 'x', 'list');
    like $out, qr/no driver 'oracle'/, 'unknown driver: error';
    $site->stop;
}

sub old_user {
    my ($n, %o) = @_;
    return {
        _id => { '$oid' => sprintf '%024x', 0x57 + $n }, username => "old$n",
        smsmobile => sprintf('07700 8%05d', $n), countryCode => '+44', authyId => "$n",
        verified => JSON::PP::true(),
        password => '$2a$04$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234',
        createdAt => { '$date' => '2016-05-01T10:00:00.123Z' },
        updatedAt => { '$date' => { '$numberLong' => '1462096800000' } },
        lastLogin => { '$date' => '2016-06-01T10:00:00.000+0000' }, __v => 0, %o
    };
}

# Only an import can create usernames that look like account ids.
sub named_like_ids {
    my ($site, $json, $hash, $oid) = @_;
    my ($id) = $site->sql("SELECT id FROM authsms_users WHERE legacy_id = '$oid'");
    my ($code, $out) = ctl(
        $site, 'import', '-',
        \$json->encode(old_user(20, username => 'f' x 24, password => $hash))
    );
    is $code, 0, 'a username that looks like an id is imported' or diag $out;
    good($site, qr/^username +f{24}$/m, 'show', 'F' x 24);
    ($code, $out) = ctl(
        $site, 'import', '-',
        \join(
            "\n", $json->encode(old_user(21, username => $oid, password => $hash)),
            $json->encode(old_user(22, username => $id, password => $hash))
        )
    );
    is $code, 1, 'usernames that are an id of another account: exit code 1';
    my %of = map { $_ => $site->sql("SELECT id FROM authsms_users WHERE username = '$_'") } $oid,
        $id;
    like $out, qr/^2 imported/m, 'they are imported';
    like $out, qr/^account $of{$_}: its username $_ is an id of another account/m,
        "the username $_ is reported" for $oid, $id;
    for my $word ($oid, $id) {
        ($code, $out) = ctl($site, 'show', $word);
        is $code, 0, "show $word: exit code 0";
        like $out, qr/^username +old4$/m, "show $word: the account with this id";
        like $out,
            qr/^authsmsctl:[ ]'$word'[ ]is[ ]an[ ]id[ ]of[ ]the[ ]account[ ]$id[ ]\(old4\)
            [ ]and[ ]the[ ]username[ ]of[ ]$of{$word}:[ ]using[ ]the[ ]first$/mx,
            "show $word: the other account is named";
        good($site, qr/^username +$word$/m, 'show', $of{$word});
        good($site, qr/^$word: deleted$/m, 'delete', '--yes', $of{$word});
    }
    good($site, qr/deleted/, 'delete', '--yes', 'f' x 24);
    return;
}

sub import_users {
    my (%o) = @_;
    my $site = Site->new(
        %o,
        server => "AuthSMSRequireClaims none\nAuthSMSUserCheck 1h\nAuthSMSPassIdentity X-Who-"
    )->start;
    my $json = JSON::PP->new->utf8->canonical;
    # A hash of this module with the prefix of the old system.
    my $maker = $site->signup;
    my $known = $site->sql("SELECT password FROM authsms_users WHERE id = '$maker->{id}'");
    (my $old_hash = $known) =~ s/^\$2y/\$2a/;
    my @users = (
        old_user(1, username => "Ren\x{e9}e", password => $old_hash),
        old_user(2, verified => JSON::PP::false()),
        old_user(3, smsmobile => 'none', countryCode => undef),
        old_user(
            4, smsmobile => '+32 470 12 34 56', authyId => 77, createdAt => '2016-05-01T10:00:00Z'
        ),
    );
    my @lines = (
        (map { $json->encode($_) } @users[0, 1]), '', '{"_id":', '[]', '{"_id":{"$oid":"57"}}',
        $json->encode(old_user(5, password => 'plain')),
        $json->encode(old_user(6, username => " blank")),
        $json->encode(old_user(7, createdAt => 'yesterday')),
        $json->encode(old_user(8, username => $maker->{username})),
        $json->encode({ %{ old_user(9) }, username => 'OLD2' }),
        (map { $json->encode($_) } @users[2, 3]),
        (
            map {
                $json->encode(old_user(
                    9,
                    password => "\$2b\$$_\$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"
                ))
            } 17,
            '03'
        ),
    );
    my $text = join "\n", @lines;
    my ($code, $out) = ctl($site, 'import', '-', \$text);
    is $code, 1, 'skipped lines: exit code 1';
    is join(' ', sort { $a <=> $b } $out =~ /^line (\d+):/mg), '4 5 6 7 8 9 10 11 14 15',
        'skipped lines are reported with their numbers'
        or diag $out;
    like $out, qr/^4 imported, 0 already present, 10 skipped$/m, 'the summary has the counts';
    like $out, qr/1 of them without a valid number/, 'the summary counts accounts without a number';
    like $out, qr/^line 7: password is no bcrypt or Argon2id hash$/m,
        'a password that is no hash is reported';
    like $out, qr/^line 14: password is bcrypt of cost 17, which is above the maximum, 16$/m,
        'a cost above the maximum is reported';
    like $out, qr/^line 15: password is bcrypt of cost 3, which is below the minimum, 4$/m,
        'a cost below the minimum is reported';
    unlike $out, qr/\$2|7700/, 'the output has no hash and no number';
    ($code, $out) = ctl($site, 'import', '-', \$text);
    like $out, qr/^0 imported, 4 already present, 10 skipped$/m,
        'second import: accounts are already present';
    is $site->sql("SELECT count(*) FROM authsms_users"), 5, 'second import: still five accounts';
    good($site, qr/mobile +\+32470123456$/m, 'show', '--full', $users[3]{_id}{'$oid'});
    named_like_ids($site, $json, $old_hash, $users[3]{_id}{'$oid'});
    is $site->sql("SELECT remote_id FROM authsms_users WHERE username = 'old4'"), '77',
        'the Authy id is imported';
    is $site->sql(
        "SELECT created_at, updated_at, last_login FROM authsms_users WHERE username_key = 'old2'")
        =~ tr/|/ /r, '1462096800123000 1462096800000000 1464775200000000', 'the times are imported';

    my $name = $users[0]{username};
    utf8::encode($name);
    my $oid = $users[0]{_id}{'$oid'};
    my $token =
        'JWT ' . Token::make($site->key, { id => $oid, dateLogOn => '2016-06-01T10:00:00.000Z' });
    my $r = $site->client->get('/app_api/users', Authorization => $token);
    is $r->{status}, 200, 'a token of the old system is accepted';
    my $id = $r->{json}{msg}{id};
    isnt $id, $oid, 'the account has a new id';
    $r = $site->client->get('/cgi/env.cgi', Authorization => $token) for 1 .. 2;
    like $r->{body}, qr/^REMOTE_USER=\Q$name\E$/m, 'the guard sets REMOTE_USER to the username';
    like $r->{body}, qr/^AUTHSMS_ID=$id$/m, 'the guard sets AUTHSMS_ID to the new id';
    like $r->{body}, qr/^HTTP_X_WHO_ID=$id$/m, 'a back end gets the new id';
    is page(
        $site,
        'JWT ' . Token::make($site->key, { id => $_, dateLogOn => '2016-06-01T10:00:00.000Z' })
        ),
        401, "a token with the id $_: 401" for 'f' x 24, $users[1]{_id}{'$oid'};

    $r = $site->login({ username => $users[0]{username}, password => $maker->{password} });
    is $r->{status}, 200, 'login with the old password: status 200';
    like $site->sql("SELECT password FROM authsms_users WHERE id = '$id'"), qr/^\$2y\$04\$/,
        'the login replaces the hash';
    is page($site, $r->{json}{token}), 200, 'the token of that login is accepted';
    is $site->login({ username => $users[0]{username}, password => 'wrong' })->{status}, 401,
        'login with another password: status 401';
    is $site->api('/logout?all=1', {}, Authorization => $token)->{status}, 200,
        'logout of all sessions with the old token: status 200';
    is page($site, $_), 401, 'both tokens are rejected' for $token, $r->{json}{token};

    my $many = join '',
        map { $json->encode(old_user($_)) . "\n" }
        1000 .. 1000 + ($ENV{AUTHSMS_LONG} ? 99_999 : 4_999);
    my $begin = time;
    ($code, $out) = ctl($site, 'import', '-', \$many);
    is $code, 0, 'import of thousands of accounts: exit code 0' or diag $out;
    note sprintf '%s in %.1f s', $out =~ /^(\d+ imported)/, time - $begin;
    $site->stop;
}

my @drivers = ('sqlite', $pg ? 'pgsql' : ());
for my $driver (@drivers) {
    subtest "accounts, $driver" => sub { accounts(driver => $driver, pg => $pg) };
    subtest "import, $driver" => sub { import_users(driver => $driver, pg => $pg) };
}

subtest 'schema' => sub {
    my $site = Site->new;
    my $file = $site->httpd->dir . '/db/users.db';
    my @there = ('--driver', 'sqlite3', '--params', $file);
    my $check = sub {
        my ($wanted, $output, @words) = @_;
        my ($code, $out) = run($site, @there, @words);
        is $code, $wanted, "@words: exit code $wanted";
        like $out, $output, "@words: output";
    };
    $check->(0, qr/^no tables/, qw(schema show));
    $check->(1, qr/schema create/, 'list');
    $check->(1, qr/no tables to upgrade/, qw(schema upgrade));
    $check->(0, qr/have version/, qw(schema create));
    $check->(0, qr/have version/, qw(schema create));
    is(
        (stat $file)[4], (stat $site->httpd->dir . '/db')[4],
        'the owner of the directory owns the file'
    ) if $> == 0;
    $site->start;
    $site->signup;
    is $site->sql('SELECT count(*) FROM authsms_users'), 1, 'httpd uses the tables';
    $check->(0, qr/^nothing to remove$/, qw(schema contract));
    $site->sql('UPDATE authsms_schema SET version = 99');
    $check->(0, qr/user/, 'list');
    $check->(0, qr/have version 99/, qw(schema upgrade));
    $check->(1, qr/not of this program's version/, qw(schema contract));
    $site->sql('DELETE FROM authsms_schema');
    $check->(1, qr/authsms_schema has no row/, @$_)
        for ['list'], map { ['schema', $_] } qw(show create upgrade contract);
    $site->sql('INSERT INTO authsms_schema (version, min_module) VALUES (99, 99)');
    $check->(1, qr/version 99/, $_->@*)
        for ['list'], [qw(schema create)], [qw(schema upgrade)], [qw(schema contract)];
    $site->stop;
};

subtest 'database in the configuration' => sub {
    my $site = Site->new(driver => 'sqlite')->start;
    $site->signup;
    my $dir = $site->httpd->dir;
    my $file = "$dir/db/users.db";
    my $try = sub {
        my ($name, $text, $wanted) = @_;
        my $conf = $site->httpd->write('other/main.conf', $text);
        my ($code, $out) = run($site, '--config', $conf, 'list');
        ref $wanted ? like($out, $wanted, $name) : is($code, $wanted, $name) || diag $out;
    };
    $site->httpd->write('other/conf.d/10-db.conf', "DBDriver sqlite3\n");
    $site->httpd->write('other/conf.d/20-db.conf', "  dbdparams '\${AUTHSMS_DB}'\n");
    $try->(
        'included files',
        qq(ServerRoot "$dir/other"\nDefine AUTHSMS_DB $file\nInclude conf.d/*.conf\n)
            . qq(IncludeOptional none/*.conf\n),
        0
    );
    $try->(
        'included directory',
        qq(ServerRoot $dir/other\nDefine AUTHSMS_DB $file\nInclude conf.d\n), 0
    );
    $try->('quoted path, continued line', qq(DBDriver \\\nsqlite3\nDBDParams "$file"\n), 0);
    $try->(
        'database in a virtual host',
        qq(DBDriver sqlite3\n<VirtualHost *:1>\nDBDParams $file\n</VirtualHost>\n)
            . qq(<VirtualHost *:2>\n</VirtualHost>\n),
        0
    );
    $try->(
        'two databases: error',
        qq(DBDriver sqlite3\nDBDParams $file\n<VirtualHost *:1>\nDBDParams $file.2\n)
            . qq(</VirtualHost>\n),
        qr/several databases/
    );
    $try->('no database: error', "# DBDriver sqlite3\n", qr/no DBDriver/);
    $try->(
        'missing included file: error', "Include /nowhere.conf\n",
        qr/nowhere\.conf cannot be read/
    );
    $try->('file that includes itself: error', "Include $dir/other/main.conf\n", qr/too deep/);
    $site->stop;
};

$pg->stop if $pg;
done_testing;
