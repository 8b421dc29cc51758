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
    my ($site, $what, @words) = @_;
    my ($code, $out) = ctl($site, @words);
    is $code, 0, "@{[grep { !ref } @words]}" or diag $out;
    like $out, $what, 'says so';
    return $out;
}

sub fails {
    my ($site, $wanted, $what, @words) = @_;
    my ($code, $out) = ctl($site, @words);
    is $code, $wanted, "@{[grep { !ref } @words]}" or diag $out;
    like $out, $what, 'says so';
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
    is scalar(() = $list =~ /\n/g), 2, 'two accounts';
    unlike $list, qr/7700900\d/, 'no number in full';
    like good($site, qr/pending/, qw(list --pending)), qr/\A\S+\t$pending->{username}\t[^\n]+\n\z/,
        'the pending one';
    good($site, qr/\A\z/, qw(list --locked));
    like good($site, qr/$person->{id}/, 'show', $name), qr/mobile +\+44\*+\d{3}$/m,
        'its number is masked';
    good($site, qr/mobile +\Q@{[Site::e164($person)]}\E$/m, 'show', '--full', $person->{id});
    good($site, qr/$person->{id}/, 'show', 'MU' . "\xcc\x88" . 'LLER 7');
    unlike good($site, qr/username/, 'show', $name), qr/\$2/, 'no hash';

    good($site, qr/locked/, 'lock', $name);
    is page($site, $person->{token}), 401, 'its token is refused';
    is $site->login($person)->{json}{code}, 'locked', 'nor does it log in';
    good($site, qr/already/, 'lock', $name);
    good($site, qr/\Q$name\E/, qw(list --locked));
    good($site, qr/unlocked/, 'unlock', $person->{id});
    is page($site, $person->{token}), 200, 'its token is good again';
    good($site, qr/not locked/, 'unlock', $name);

    good($site, qr/verified/, 'verify', $pending->{username});
    is $site->login($pending)->{status}, 200, 'it can log in';
    good($site, qr/already/, 'verify', $pending_id);

    my $old = 'JWT '
        . Token::make($site->key, { id => $person->{id}, iat => time - 5, exp => time + 600 });
    is page($site, $old), 200, 'a token without a session';
    good($site, qr/logged out/, 'logout', $name);
    is page($site, $_), 401, 'ended' for $person->{token}, $old;
    is $site->login($person)->{status}, 200, 'it logs in again';

    fails($site, 1, qr/--yes/, 'delete', $name);
    is $site->login($person)->{status}, 200, 'it is still there';
    good($site, qr/deleted/, 'delete', $name, '--yes');
    is $site->login($person)->{status}, 401, 'gone';
    is $site->sql("SELECT count(*) FROM authsms_sessions WHERE user_id = '$person->{id}'"), 0,
        'with all that hung on it';

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
    is $code, 2, 'no database named';
    ($code, $out) = run($site, '--version');
    is $code, 0, 'a version needs none';
    like $out, qr/^authsmsctl \d+\.\d+\.\d+\n\z/, 'and is printed';
    ($code, $out) = run($site, '--config', '/nowhere', 'list');
    is $code, 1, 'no such file';
    ($code, $out) = run($site, '--driver', 'oracle', '--params', 'x', 'list');
    like $out, qr/no driver 'oracle'/, 'no such driver';
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

# Usernames of the form of an account id can only come by an import.
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
    is $code, 1, 'one that is the id of another account is a failure';
    my %of = map { $_ => $site->sql("SELECT id FROM authsms_users WHERE username = '$_'") } $oid,
        $id;
    like $out, qr/^2 imported/m, 'though it is imported';
    like $out, qr/^account $of{$_}: its username $_ is an id of another account/m, "it says which"
        for $oid, $id;
    for my $word ($oid, $id) {
        ($code, $out) = ctl($site, 'show', $word);
        is $code, 0, 'the account with the id is meant';
        like $out, qr/^username +old4$/m, 'is shown';
        like $out,
            qr/^authsmsctl:[ ]'$word'[ ]is[ ]an[ ]id[ ]of[ ]the[ ]account[ ]$id[ ]\(old4\)
            [ ]and[ ]the[ ]username[ ]of[ ]$of{$word}:[ ]using[ ]the[ ]first$/mx,
            'and said';
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
    # A hash made here, told to be of the old kind.
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
    is $code, 1, 'lines were skipped';
    is join(' ', sort { $a <=> $b } $out =~ /^line (\d+):/mg), '4 5 6 7 8 9 10 11 14 15',
        'by their numbers'
        or diag $out;
    like $out, qr/^4 imported, 0 already present, 10 skipped$/m, 'the others are in';
    like $out, qr/1 of them without a valid number/, 'one without a number';
    like $out, qr/^line 7: password is no bcrypt hash$/m, 'not a hash';
    like $out, qr/^line 14: password is bcrypt of cost 17, which is above the maximum, 16$/m,
        'a cost above the maximum';
    like $out, qr/^line 15: password is bcrypt of cost 3, which is below the minimum, 4$/m,
        'a cost below the minimum';
    unlike $out, qr/\$2|7700/, 'no hash, no number';
    ($code, $out) = ctl($site, 'import', '-', \$text);
    like $out, qr/^0 imported, 4 already present, 10 skipped$/m, 'again: nothing is doubled';
    is $site->sql("SELECT count(*) FROM authsms_users"), 5, 'five accounts in all';
    good($site, qr/mobile +\+32470123456$/m, 'show', '--full', $users[3]{_id}{'$oid'});
    named_like_ids($site, $json, $old_hash, $users[3]{_id}{'$oid'});
    is $site->sql("SELECT remote_id FROM authsms_users WHERE username = 'old4'"), '77',
        'its id at Authy';
    is $site->sql(
        "SELECT created_at, updated_at, last_login FROM authsms_users WHERE username_key = 'old2'")
        =~ tr/|/ /r, '1462096800123000 1462096800000000 1464775200000000', 'its times';

    my $name = $users[0]{username};
    utf8::encode($name);
    my $oid = $users[0]{_id}{'$oid'};
    my $token =
        'JWT ' . Token::make($site->key, { id => $oid, dateLogOn => '2016-06-01T10:00:00.000Z' });
    my $r = $site->client->get('/app_api/users', Authorization => $token);
    is $r->{status}, 200, 'a token of the old system finds its user';
    my $id = $r->{json}{msg}{id};
    isnt $id, $oid, 'who has a new id';
    $r = $site->client->get('/cgi/env.cgi', Authorization => $token) for 1 .. 2;
    like $r->{body}, qr/^REMOTE_USER=\Q$name\E$/m, 'the guard knows the name';
    like $r->{body}, qr/^AUTHSMS_ID=$id$/m, 'and the id';
    like $r->{body}, qr/^HTTP_X_WHO_ID=$id$/m, 'as a back end does';
    is page(
        $site,
        'JWT ' . Token::make($site->key, { id => $_, dateLogOn => '2016-06-01T10:00:00.000Z' })
        ),
        401, "not so $_" for 'f' x 24, $users[1]{_id}{'$oid'};

    $r = $site->login({ username => $users[0]{username}, password => $maker->{password} });
    is $r->{status}, 200, 'the old password is good';
    like $site->sql("SELECT password FROM authsms_users WHERE id = '$id'"), qr/^\$2y\$04\$/,
        'its hash is renewed';
    is page($site, $r->{json}{token}), 200, 'so is the new token';
    is $site->login({ username => $users[0]{username}, password => 'wrong' })->{status}, 401,
        'another password is not';
    is $site->api('/logout?all=1', {}, Authorization => $token)->{status}, 200,
        'log out everywhere with the old token';
    is page($site, $_), 401, 'both are dead' for $token, $r->{json}{token};

    my $many = join '',
        map { $json->encode(old_user($_)) . "\n" }
        1000 .. 1000 + ($ENV{AUTHSMS_LONG} ? 99_999 : 4_999);
    my $begin = time;
    ($code, $out) = ctl($site, 'import', '-', \$many);
    is $code, 0, 'many' or diag $out;
    note sprintf '%s in %.1f s', $out =~ /^(\d+ imported)/, time - $begin;
    $site->stop;
}

my @drivers = ('sqlite', $pg ? 'pgsql' : ());
for my $driver (@drivers) {
    subtest "accounts, $driver" => sub { accounts(driver => $driver, pg => $pg) };
    subtest "import, $driver" => sub { import_users(driver => $driver, pg => $pg) };
}

subtest 'tables' => sub {
    my $site = Site->new;
    my $file = $site->httpd->dir . '/db/users.db';
    my @there = ('--driver', 'sqlite3', '--params', $file);
    my $says = sub {
        my ($wanted, $what, @words) = @_;
        my ($code, $out) = run($site, @there, @words);
        is $code, $wanted, "@words";
        like $out, $what, 'says so';
    };
    $says->(0, qr/^no tables/, qw(schema show));
    $says->(1, qr/schema create/, 'list');
    $says->(1, qr/no tables to upgrade/, qw(schema upgrade));
    $says->(0, qr/have version/, qw(schema create));
    $says->(0, qr/have version/, qw(schema create));
    is(
        (stat $file)[4], (stat $site->httpd->dir . '/db')[4],
        'the file belongs to who owns the folder'
    ) if $> == 0;
    $site->start;
    $site->signup;
    is $site->sql('SELECT count(*) FROM authsms_users'), 1, 'httpd works with them';
    $says->(0, qr/^nothing to remove$/, qw(schema contract));
    $site->sql('UPDATE authsms_schema SET version = 99');
    $says->(0, qr/user/, 'list');
    $says->(0, qr/have version 99/, qw(schema upgrade));
    $says->(1, qr/not of this program's version/, qw(schema contract));
    $site->sql('DELETE FROM authsms_schema');
    $says->(1, qr/authsms_schema has no row/, @$_)
        for ['list'], map { ['schema', $_] } qw(show create upgrade contract);
    $site->sql('INSERT INTO authsms_schema (version, min_module) VALUES (99, 99)');
    $says->(1, qr/version 99/, $_->@*)
        for ['list'], [qw(schema create)], [qw(schema upgrade)], [qw(schema contract)];
    $site->stop;
};

subtest 'what a configuration says' => sub {
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
        'included',
        qq(ServerRoot "$dir/other"\nDefine AUTHSMS_DB $file\nInclude conf.d/*.conf\n)
            . qq(IncludeOptional none/*.conf\n),
        0
    );
    $try->('a folder', qq(ServerRoot $dir/other\nDefine AUTHSMS_DB $file\nInclude conf.d\n), 0);
    $try->('an absolute path, a continued line', qq(DBDriver \\\nsqlite3\nDBDParams "$file"\n), 0);
    $try->(
        'a virtual host',
        qq(DBDriver sqlite3\n<VirtualHost *:1>\nDBDParams $file\n</VirtualHost>\n)
            . qq(<VirtualHost *:2>\n</VirtualHost>\n),
        0
    );
    $try->(
        'two databases',
        qq(DBDriver sqlite3\nDBDParams $file\n<VirtualHost *:1>\nDBDParams $file.2\n)
            . qq(</VirtualHost>\n),
        qr/several databases/
    );
    $try->('none', "# DBDriver sqlite3\n", qr/no DBDriver/);
    $try->('a file that is not there', "Include /nowhere.conf\n", qr/nowhere\.conf cannot be read/);
    $try->('itself', "Include $dir/other/main.conf\n", qr/too deep/);
    $site->stop;
};

$pg->stop if $pg;
done_testing;
