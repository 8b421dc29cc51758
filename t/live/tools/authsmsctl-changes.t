# SPDX-License-Identifier: Apache-2.0
# authsmsctl makes and changes accounts: add, passwd, role, invite, sessions, logout, factor, purge;
# as text and as JSON; hostile names and agents are escaped.
use strict;
use warnings;
use lib 't/lib';
use Authsmsctl qw(run);
use JSON::PP ();
use Postgres;
use Site;
use Test::More;
use Token;

plan skip_all => "no $Authsmsctl::program" unless Authsmsctl::available();
my $pg = Postgres::available() ? Postgres->new : undef;
my $json = JSON::PP->new->utf8;

# A site with tables, and a function that runs authsmsctl on it.
sub site {
    my (%o) = @_;
    my $site = Site->new(
        %o, children => 1,
        server => "AuthSMSUserCheck always\nAuthSMSRegistration invite\nAuthSMSLimit * off"
    )->start;
    is $site->login(Site::person())->{status}, 401, 'the tables are there';
    return ($site, sub { run($site, '--config', $site->httpd->dir . '/httpd.conf', @_) });
}

sub json_of {
    my ($ctl, @words) = @_;
    my ($code, $out) = $ctl->('--json', @words);
    is $code, 0, "--json @{[grep { !ref } @words]}" or diag $out;
    unlike $out, qr/[^\x20-\x7e\n\x80-\xff]/, 'no control characters';
    return map { $json->decode($_) } split /\n/, $out;
}

sub check_add {
    my ($site, $ctl) = @_;
    my $works = sub {
        my ($what, @words) = @_;
        my ($code, $out) = $ctl->(@words);
        is $code, 0, "@{[grep { !ref } @words]}" or diag $out;
        like $out, $what, 'output';
        return $out;
    };
    my $fails = sub {
        my ($wanted, $what, @words) = @_;
        my ($code, $out) = $ctl->(@words);
        is $code, $wanted, "@{[grep { !ref } @words]}: $wanted" or diag $out;
        like $out, $what, 'reason';
        unlike $out, qr/correct horse/, 'no password';
        return;
    };
    my @number = ('--number', '+44 7700 900123');
    my $log_in = sub { $site->login({ username => $_[0], password => $_[1] }) };

    $works->(
        qr/\Aada: added\n\z/, 'add', 'ada', @number, '--role', 'editor', '--role', 'staff',
        \"correct horse battery\nrest\n"
    );
    my $login = $log_in->('ada', 'correct horse battery');
    is $login->{status}, 200, 'the account logs in';
    is_deeply Token::claims($login->{json}{token})->{roles}, ['editor', 'staff'], 'its roles';
    $works->(qr/^mobile +\+447700900123$/m, 'show', '--full', 'ada');
    $works->(qr/^roles +editor,staff$/m, 'show', 'ada');
    unlike $works->(qr/^mobile +\+44\*/m, 'show', 'ada'), qr/900123/, 'the number is masked';

    $works->(
        qr/added, pending/, 'add', "M\xc3\xbcller 7", '--number', '07700 900124', '--pending',
        '--pending-ttl', '2h', \"another password"
    );
    is $log_in->("M\x{fc}ller 7", 'another password')->{json}{code}, 'not_verified', 'pending';
    $works->(
        qr/added/, 'add', 'belge', '--number', '0470 12 34 56', '--country', '+32',
        \"correct horse battery\n"
    );
    $works->(qr/^mobile +\+32470123456$/m, 'show', '--full', 'belge');

    for (
        [
            1, qr/another account has the username 'ADA'/, 'add', 'ADA', @number,
            \"correct horse b\n"
        ],
        [1, qr/username ' x' is not allowed/, 'add', ' x', @number, \"correct horse b\n"],
        [1, qr/username 'a\\x0ab' is not allowed/, 'add', "a\nb", @number, \"correct horse b\n"],
        [1, qr/is not allowed/, 'add', 'f' x 24, @number, \"correct horse b\n"],
        [1, qr/at least 8/, 'add', 'bob', @number, \"short\n"],
        [1, qr/no password/, 'add', 'bob', @number, \''],
        [1, qr/NUL/, 'add', 'bob', @number, \"correct horse\0battery\n"],
        [1, qr/not UTF-8/, 'add', 'bob', @number, \"correct horse\xff\n"],
        [1, qr/too long|72/, 'add', 'bob', @number, \('x' x 73)],
        [1, qr/too long/, 'add', 'bob', @number, \('x' x 5000)],
        [2, qr/needs the mobile number/, 'add', 'bob', \"correct horse b\n"],
        [2, qr/--number 'x' must be/, 'add', 'bob', '--number', 'x', \"correct horse b\n"],
        [2, qr/--role 'a,b' must be/, 'add', 'bob', @number, '--role', 'a,b', \"correct horse b\n"],
        [2, qr/usage: add/, 'add', @number],
        [2, qr/--limit is not an option of add/, 'add', 'bob', @number, '--limit', 3],
        [2, qr/--pending-ttl '0' must be/, 'add', 'bob', @number, '--pending-ttl', 0],
    ) {
        $fails->(@$_);
    }
    is $site->sql('SELECT count(*) FROM authsms_users'), 3, 'failures add nothing';
    my $full = join ' ', map { "--role r$_" } 1 .. 33;
    $fails->(2, qr/at most 32/, 'add', 'bob', @number, split / /, $full);

    # passwd
    my $token = $login->{json}{token};
    my $page = sub { $site->client->get('/private/', Authorization => $_[0])->{status} };
    is $page->($token), 200, 'a token';
    $fails->(1, qr/at least 8/, 'passwd', 'ada', \"x\n");
    is $page->($token), 200, 'a failed passwd changes nothing';
    my $old = 'JWT ' . Token::make(
        $site->key,
        { id => Token::claims($token)->{id}, iat => time - 5, exp => time + 600 }
    );
    is $page->($old), 200, 'a token without a session';
    $works->(qr/\Aada: password changed, logged out\n\z/, 'passwd', 'ada', \"new password 99\n");
    is $page->($_), 401, 'ended by passwd' for $token, $old;
    is $log_in->('ada', 'correct horse battery')->{status}, 401, 'the old password';
    is $log_in->('ada', 'new password 99')->{status}, 200, 'the new password';
    $fails->(1, qr/no account 'nobody'/, 'passwd', 'nobody', \"new password 99\n");
}

sub check_role {
    my ($site, $ctl) = @_;
    $ctl->('add', 'ada', '--number', '+447700900123', \"correct horse battery\n");
    my $is = sub {
        my ($wanted, @words) = @_;
        my ($code, $out) = $ctl->('role', @words);
        is "$code $out", "0 $wanted\n", "role @words";
    };
    $is->('ada: -', 'ada');
    $is->('ada: Zeta,editor,org:lead', 'ada', '+editor', '+Zeta', '+org:lead');
    $is->('ada: Zeta,staff', 'ada', '-editor', '+staff', '-org:lead', '-none', '+staff');
    $is->('ada: --x,Zeta,staff', 'ada', '+--x');
    $is->('ada: Zeta,staff', 'ada', '---x');
    is_deeply [json_of($ctl, 'role', 'ada', '-Zeta')],
        [{
        id => $site->sql('SELECT id FROM authsms_users'), username => 'ada', roles => ['staff']
        }],
        'as JSON';
    for (
        [2, qr/'editor' must be \+ROLE or -ROLE/, 'ada', 'editor'],
        [2, qr/must be/, 'ada', '+'], [2, qr/must be/, 'ada', '+a,b'],
        [2, qr/must be/, 'ada', '+' . 'x' x 65], [2, qr/must be/, 'ada', '--full', '+a b'],
        [2, qr/given and taken at once/, 'ada', '+a', '-a'],
        [2, qr/usage: role/], [1, qr/no account/, 'nobody', '+a'],
        [1, qr/at most 32 roles, nothing was changed/, 'ada', map { "+r$_" } 1 .. 32],
    ) {
        my ($wanted, $what, @words) = @$_;
        my ($code, $out) = $ctl->('role', @words);
        is $code, $wanted, "role @words[0 .. ($#words > 3 ? 3 : $#words)]: $wanted";
        like $out, $what, 'reason';
    }
    $is->('ada: staff', 'ada');
    my ($code) = $ctl->('role', 'ada', '-staff', map { "+r$_" } 1 .. 32);
    is $code, 0, 'room is made before roles are given';
}

sub check_invite {
    my ($site, $ctl) = @_;
    my $person = Site::person();
    my ($code, $text) = $ctl->('invite', 'add', '--role', 'editor', '--uses', 2, '--ttl', '1h');
    is $code, 0, 'invite add';
    like $text, qr/\A[\w-]{32}\n\z/, 'the code alone';
    chomp $text;
    unlike $site->sql('SELECT * FROM authsms_invitations'), qr/\Q$text\E/, 'the table has no code';
    my ($listed) = $ctl->('invite', 'list');
    ($code, $listed) = $ctl->('invite', 'list');
    like $listed, qr/\A[\w-]{36}\t2\t20[^\t]+Z\teditor\t-\n\z/, 'invite list';
    unlike $listed, qr/\Q$text\E/, 'without the code';
    my $r = $site->api('/user', { %$person, invitation => $text });
    is $r->{status}, 201, 'a registration with it' or diag $r->{raw};
    my ($one) = json_of($ctl, 'invite', 'list');
    is $one->{uses}, 1, 'one use is left';
    is_deeply $one->{roles}, ['editor'], 'as JSON';
    is $one->{mobile}, undef, 'for any number';
    ($code, $listed) = $ctl->('invite', 'revoke', $one->{id});
    is "$code $listed", "0 $one->{id}: revoked\n", 'invite revoke';
    is $site->api('/user', { %{ Site::person() }, invitation => $text })->{json}{code},
        'invalid_invitation', 'a revoked one';

    my $other = Site::person();
    my ($made) = json_of($ctl, 'invite', 'add', '--number', $other->{smsmobile});
    like $made->{code}, qr/\A[\w-]{32}\z/, 'the code as JSON';
    ($one) = json_of($ctl, 'invite', 'list');
    is $one->{id}, $made->{id}, 'its id';
    like $one->{mobile}, qr/\A\+44\*+\d{3}\z/, 'its number, masked';
    is $site->api('/user', { %{ Site::person() }, invitation => $made->{code} })->{json}{code},
        'invalid_invitation', 'another number';
    is $site->api('/user', { %$other, invitation => $made->{code} })->{status}, 201, 'its number';
    for (
        [1, qr/no invitation 'x\\x1b\[2J'/, 'revoke', "x\e[2J"], [2, qr/usage: invite/, 'revoke'],
        [2, qr/usage: invite/, 'add', 'x'], [2, qr/usage: invite/, 'list', 'x'],
        [2, qr/must be add, list or revoke/, 'x'], [2, qr/usage: invite/],
        [2, qr/--uses '0'/, 'add', '--uses', 0], [2, qr/--ttl '366d'/, 'add', '--ttl', '366d'],
        [2, qr/--number 'x'/, 'add', '--number', 'x'],
        [2, qr/--role ''/, 'add', '--role', ''],
    ) {
        my ($wanted, $what, @words) = @$_;
        my ($status, $out) = $ctl->('invite', @words);
        is $status, $wanted, "invite @words: $wanted";
        like $out, $what, 'reason';
    }
    # purge
    my $purge = sub {
        $site->sql('UPDATE authsms_invitations SET expires_at = 1');
        $site->sql('UPDATE authsms_users SET pending_until = 1 WHERE verified = 0');
        ($code, $listed) = $ctl->('purge');
        return $listed;
    };
    my $rows = qr/[3-9]/;
    if ($purge->() =~ /\A0 /) {
        # httpd's purge came between; its next one is a minute later.
        $ctl->('invite', 'add');
        $purge->();
        $rows = 1;
    }
    like $listed, qr/\A$rows expired rows purged\n\z/, 'purge';
    is_deeply [json_of($ctl, 'purge')], [{ purged => 0 }], 'nothing is left';
    is $site->sql('SELECT count(*) FROM authsms_invitations'), 0, 'no invitation';
    is $site->sql('SELECT count(*) FROM authsms_users'), 0, 'no pending account';
}

sub check_sessions {
    my ($site, $ctl) = @_;
    $ctl->('add', 'ada', '--number', '+447700900123', \"correct horse battery\n");
    my %good = (username => 'ada', password => 'correct horse battery');
    my @agents = ("Agent\xc2\x9b2J\xe2\x80\xae", 'plain \\ agent');
    my @tokens = map {
        $site->client->json_post('/app_api/authenticate', \%good, 'User-Agent' => $_)->{json}{token}
    } @agents;
    my $page = sub { $site->client->get('/private/', Authorization => $_[0])->{status} };
    is $page->($_), 200, 'a token' for @tokens;
    my ($code, $out) = $ctl->('sessions', 'ada');
    is $code, 0, 'sessions';
    is scalar(() = $out =~ /\n/g), 2, 'two lines';
    like $out, qr/\t127\.0\.0\.1\tpwd\tAgent\\xc2\\x9b2J\\xe2\\x80\\xae\n/,
        'control and direction characters are escaped';
    like $out, qr/\tplain \\\\ agent\n/, 'a backslash too';
    my ($code2, $raw) = $ctl->('--json', 'sessions', 'ada');
    like $raw, qr/"agent":"Agent\\u009b2J\\u202e"/, 'escaped in JSON';
    my @sessions = json_of($ctl, 'sessions', 'ada');
    is_deeply [sort map { $_->{agent} } @sessions], ["Agent\x{9b}2J\x{202e}", 'plain \\ agent'],
        'its value';
    my $sid = Token::claims($tokens[0])->{sid};
    ($code, $out) = $ctl->('logout', 'ada', $sid);
    is "$code $out", "0 ada: session ended\n", 'logout of one session';
    is $page->($tokens[0]), 401, 'its token';
    is $page->($tokens[1]), 200, 'the other';
    ($code, $out) = $ctl->('logout', 'ada', $sid);
    is $code, 1, 'again: 1';
    like $out, qr/ada has no session '\Q$sid\E'/, 'reason';
    $ctl->('add', 'bob', '--number', '+447700900123', \"correct horse battery\n");
    ($code) = $ctl->('logout', 'bob', Token::claims($tokens[1])->{sid});
    is $code, 1, 'a session of another account';
    is $page->($tokens[1]), 200, 'is not ended';
    is_deeply [json_of($ctl, 'logout', 'ada')],
        [{ id => Token::claims($tokens[1])->{id}, username => 'ada', result => 'logged out' }],
        'logout as JSON';
    is $page->($tokens[1]), 401, 'all ended';
    ($code, $out) = $ctl->('sessions', 'ada');
    is "$code $out", '0 ', 'no sessions';

    # factor
    ($code, $out) = $ctl->('factor', 'ada');
    is "$code $out", "0 ada: no second factor\n", 'factor';
    $site->sql('UPDATE authsms_users SET sms_factor = 1');
    ($code, $out) = $ctl->('factor', 'ada');
    is "$code $out", "0 ada: sms\n", 'enrolled';
    ($code, $out) = $ctl->('factor', 'ada', '--reset');
    is "$code $out", "0 ada: second factors removed\n", 'factor --reset';
    is $site->sql('SELECT sms_factor FROM authsms_users WHERE username = \'ada\''), 0, 'removed';
    ($code, $out) = $ctl->('factor', 'ada', '--reset');
    is "$code $out", "0 ada: has no second factor\n", 'again';

    # export
    $ctl->('role', 'ada', '+editor');
    ($code, $out) = $ctl->('export', 'ada');
    my $export = JSON::PP::decode_json($out);
    is $code, 0, 'export';
    is_deeply [sort keys %$export], [qw(account appPasswords factors sessions texts)],
        'the members of POST /users/export';
    is $export->{account}{username}, 'ada', 'the account';
    is_deeply $export->{account}{roles}, ['editor'], 'its roles';
    unlike $out, qr/password"|\$2y\$|refresh/, 'no hash';
    is(($ctl->('export', 'nobody'))[0], 1, 'export of an unknown account fails');
}

# Only other programs can write such names into the table.
sub check_hostile {
    my ($site, $ctl) = @_;
    my $name = "a'\"; DROP TABLE x; --\n\e]0;owned\a\t\x7f\x{202e}";
    $ctl->('add', 'ada', '--number', '+447700900123', \"correct horse battery\n");
    (my $quoted = $name) =~ s/'/''/g;
    utf8::encode($quoted);
    $site->sql("UPDATE authsms_users SET username = '$quoted'");
    my $escaped = q{a'"; DROP TABLE x; --\x0a\x1b]0;owned\x07\x09\x7f\xe2\x80\xae};
    my ($id) = $site->sql('SELECT id FROM authsms_users');
    for my $words (['list'], ['show', $id], ['lock', $id], ['unlock', $id], ['role', $id]) {
        my ($code, $out) = $ctl->(@$words);
        is $code, 0, "$words->[0]";
        like $out, qr/\Q$escaped\E/, 'escaped';
        unlike $out =~ s/\t//gr, qr/[\x00-\x09\x0b-\x1f\x7f]/, 'no control character';
        my ($object) = json_of($ctl, @$words);
        is $object->{username}, $name, 'its value as JSON';
    }
    my ($code, $out) = $ctl->('show', "x\e[2J\n");
    like $out, qr/\Aauthsmsctl: no account 'x\\x1b\[2J\\x0a'\n\z/, 'escaped in errors';
}

# On a terminal the password is asked for twice and not shown.
sub check_terminal {
    my ($site, $ctl) = @_;
    $ctl->('add', 'ada', '--number', '+447700900123', \"correct horse battery\n");
    my $passwd = sub {
        my @command =
            ($Authsmsctl::program, '--config', $site->httpd->dir . '/httpd.conf', 'passwd', 'ada');
        return Authsmsctl::run_on_terminal(\@command, @_);
    };
    my ($code, $seen) = $passwd->('typed password 1', 'typed password 1');
    return pass 'no pseudo-terminal here' unless defined $code;
    is $code, 0, 'passwd on a terminal' or diag $seen;
    like $seen, qr/New password: .*Again: .*password changed/s, 'asks twice';
    unlike $seen, qr/typed/, 'does not show it';
    is $site->login({ username => 'ada', password => 'typed password 1' })->{status}, 200,
        'the new password';
    ($code, $seen) = $passwd->('typed password 2', 'typed password 3');
    is $code, 1, 'two different passwords: 1';
    like $seen, qr/the passwords differ, nothing was changed/, 'reason';
    is $site->login({ username => 'ada', password => 'typed password 1' })->{status}, 200,
        'unchanged';
}

my %checks = (
    'add and passwd' => \&check_add, 'a terminal' => \&check_terminal, role => \&check_role,
    'invite and purge' => \&check_invite, 'sessions and factors' => \&check_sessions,
    'hostile names' => \&check_hostile,
);
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    for my $name (sort keys %checks) {
        subtest "$name, $driver" => sub {
            my ($site, $ctl) = site(driver => $driver, pg => $pg);
            $checks{$name}->($site, $ctl);
            $site->stop;
        };
    }
}
$pg->stop if $pg;
done_testing;
