# SPDX-License-Identifier: Apache-2.0
# AuthSMSRegistration: who may call POST /user, and what an invitation is used for.
use strict;
use warnings;
use lib 't/lib';
use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64);
use Postgres;
use Site;
use Test::More;
use Token;

my $pg = Postgres::available() ? Postgres->new : undef;
my $invitations = 0;

# Insert an invitation. Returns its code.
sub invite {
    my ($site, %o) = @_;
    my $code = 'code-' . ++$invitations;
    my $digest = encode_base64(hmac_sha256($code, 'authsms invitation'), '') =~ tr{+/}{-_}r;
    $digest =~ s/=+\z//;
    my $text = sub { defined $_[0] ? "'$_[0]'" : 'NULL' };
    $site->sql(
        sprintf 'INSERT INTO authsms_invitations (id, digest, uses, roles, mobile, created_at, '
            . "expires_at) VALUES ('i%d', '%s', %d, %s, %s, 1, %d)",
        $invitations, $digest, $o{uses} // 1, $text->($o{roles}), $text->($o{mobile}),
        1e6 * ($o{expires} // time + 600)
    );
    return $code;
}

sub uses { return $_[0]->sql("SELECT uses FROM authsms_invitations WHERE id = 'i$invitations'") }

sub register {
    my ($site, $person, $code, @more) = @_;
    return $site->register({ %$person, defined $code ? (invitation => $code) : (), @more });
}

sub is_refused {
    my ($r, $status, $word, $what) = @_;
    is $r->{status}, $status, "$what: $status";
    is $r->{json}{code}, $word, "$what: $word";
    return;
}

sub check_closed {
    my ($site) = @_;
    my $person = Site::person();
    my $code = invite($site);
    is_refused($site->api('/user', {}), 400, 'missing_username', 'an empty body');
    is_refused($site->register($person), 403, 'registration_closed', 'a registration');
    is_refused(register($site, $person, $code), 403, 'registration_closed', 'an invitation');
    is_refused(
        $site->client->form_post('/app_api/user', $person), 403,
        'registration_closed', 'a form'
    );
    is_refused(
        register($site, $person, undef, username => ' x'),
        403, 'registration_closed', 'an invalid username'
    );
    is uses($site), 1, 'the invitation is not used';
    is $site->sql('SELECT count(*) FROM authsms_users'), 0, 'no account';
}

sub check_invite {
    my ($site) = @_;
    my $p = Site::person();

    is_refused($site->api('/user', {}), 400, 'missing_username', 'an empty body');
    is_refused($site->register($p), 403, 'invalid_invitation', 'no invitation');
    is_refused(register($site, $p, $_), 403, 'invalid_invitation', "invitation '$_'")
        for '', 'x', "'", "\x{eb}" x 1000;
    is_refused(register($site, $p, 7), 400, 'bad_request', 'a number as invitation');
    is_refused(
        register($site, $p, invite($site, expires => time - 1)),
        403, 'invalid_invitation', 'an expired invitation'
    );
    is_refused(
        register($site, $p, invite($site, uses => 0)),
        403, 'invalid_invitation', 'a used invitation'
    );
    is_refused(register($site, $p, { a => 1 }), 400, 'bad_request', 'an object as invitation');
    is_refused(
        register($site, $p, undef, username => ' '),
        403, 'invalid_invitation', 'an invalid username without invitation'
    );
    is_refused(
        $site->client->form_post('/app_api/user', { %$p, invitation => 'x' }),
        403, 'invalid_invitation', 'a form'
    );

    my $code = invite($site, roles => 'editor,staff');
    is_refused(
        register($site, $p, $code, username => ' '),
        422, 'invalid_username', 'an invalid username with an invitation'
    );
    is_refused(
        register($site, $p, $code, smsmobile => '1'),
        422, 'invalid_mobile', 'an invalid number with an invitation'
    );
    my $weak = register($site, $p, $code, password => 'x');
    is_refused($weak, 422, 'weak_password', 'a weak password with an invitation');
    like $weak->{json}{msg}, qr/8/, 'the text says what is wrong';
    is uses($site), 1, 'failures do not use an invitation';
    my $r = register($site, $p, $code);
    is $r->{status}, 201, 'with an invitation: 201' or diag $r->{raw};
    my $id = $r->{json}{id};
    is uses($site), 0, 'it is used';
    is $site->sql("SELECT count(*) FROM authsms_roles WHERE user_id = '$id'"), 2, 'two roles';

    # The pending name: by its password, as often as needed.
    for my $again (undef, $code, 'x') {
        my $name = defined $again ? "invitation $again" : 'no invitation';
        $site->sql('DELETE FROM authsms_codes');
        $r = register($site, $p, $again);
        is $r->{status}, 201, "the pending account again, $name" or diag $r->{raw};
        is $r->{json}{id}, $id, 'the same account';
        is_refused(
            register($site, $p, $again, password => 'something else'),
            403, 'invalid_invitation', "with a wrong password, $name"
        );
    }
    is_refused(
        register($site, $p, undef, smsmobile => 'x'),
        422, 'invalid_mobile', 'the owner of a pending account is told of an invalid number'
    );
    is_refused(
        register($site, $p, 'x', smsmobile => 'x', password => 'something else'),
        403, 'invalid_invitation', 'others are not'
    );
    is $site->verify($p, $id)->{status}, 200, 'verified';
    my $login = $site->login($p);
    is_deeply Token::claims($login->{json}{token})->{roles}, ['editor', 'staff'],
        'the roles of the invitation';

    # A name that is taken is not told without an invitation.
    my $free = Site::person();
    my ($taken, $unknown) = map { register($site, $_)->{raw} =~ s/^Date:.*\r\n//mr } $p, $free;
    is $taken, $unknown, 'without an invitation: the same bytes for a taken name and a free one';
    is_refused(
        register($site, $p, invite($site)), 409, 'username_taken',
        'a taken name with an invitation'
    );
    is uses($site), 1, 'a conflict does not use an invitation';

    # An invitation of one number.
    my $q = Site::person();
    $code = invite($site, mobile => Site::e164($q), uses => 5);
    my $other = Site::person()->{smsmobile};
    is_refused(
        register($site, $q, $code, smsmobile => $other),
        403, 'invalid_invitation', 'another number than that of the invitation'
    );
    is_refused(
        register($site, $q, $code, smsmobile => 'x'),
        403, 'invalid_invitation', 'no number in place of that of the invitation'
    );
    is_refused(
        register($site, $q, $code, username => ' '),
        422, 'invalid_username', 'the number of the invitation, an invalid name'
    );
    is register($site, $q, $code)->{status}, 201, 'its number';
    is uses($site), 4, 'used once';
    $site->sql('DELETE FROM authsms_codes');
    is_refused(
        register($site, $q, $_, smsmobile => $other),
        403, 'invalid_invitation', 'the pending account with another number'
    ) for undef, invite($site);
    $r = register($site, $q);
    is $r->{status}, 201, 'the pending account with its number';
    is $site->verify($q, $r->{json}{id})->{status}, 200, 'verified';
    is $site->sql('SELECT count(*) FROM authsms_users WHERE invited_mobile IS NOT NULL'), 0,
        'a verified account does not keep the number of the invitation';
    is $site->sql('SELECT count(*) FROM authsms_users'), 2, 'two accounts in all';
}

# A 429 does not tell which names are taken.
sub check_limit {
    my ($site) = @_;
    my $p = Site::person();
    is register($site, $p, invite($site))->{status}, 201, 'an account';
    for my $name ($p->{username}, 'nobody') {
        my @seen = map {
            $site->register({ %$p, username => $name, password => "wrong password $_" })->{status}
        } 1 .. 4;
        is "@seen", '403 403 403 429', "guesses at $name";
    }
}

# Many at once, and httpd is killed: as many accounts as uses.
sub check_race {
    my ($site, %o) = @_;
    my $code = invite($site, uses => 20, roles => 'r');
    my @people = map { Site::person() } 1 .. 60;
    my @children;
    for my $n (0 .. 5) {
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            eval { register($site, $_, $code) } for @people[$n * 10 .. $n * 10 + 9];
            require POSIX;
            POSIX::_exit(0);
        }
        push @children, $pid;
    }
    if ($o{kill}) {
        for (1 .. 6) {
            select undef, undef, undef, 0.15;
            kill 'KILL', $site->httpd->children;
        }
    }
    waitpid $_, 0 for @children;
    my $accounts = $site->sql('SELECT count(*) FROM authsms_users');
    is uses($site) + $accounts, 20, "as many uses as accounts ($accounts)";
    is $site->sql('SELECT count(*) FROM authsms_roles'), $accounts, 'each has its role';
    is $accounts, 20, 'all uses were used' if !$o{kill};
}

# A double click.
sub check_twice {
    my ($site) = @_;
    my $p = Site::person();
    my $code = invite($site);
    my @twice;
    for (1, 2) {
        my $pid = open(my $out, '-|') // die "fork: $!";
        if (!$pid) {
            print register($site, $p, $code)->{status};
            require POSIX;
            $| = 1;
            close STDOUT;
            POSIX::_exit(0);
        }
        push @twice, $out;
    }
    my @statuses = sort map { scalar <$_> } @twice;
    like "@statuses", qr/^201 (?:201|429)$/, 'sent twice at once: a repetition';
}

# In mode open an invitation is optional, and must be valid.
sub check_open {
    my ($site) = @_;
    my $p = $site->signup;
    ok !exists Token::claims($p->{token})->{roles}, 'no invitation needed';
    my $q = Site::person();
    is_refused(register($site, $q, 'x'), 403, 'invalid_invitation', 'an invalid invitation');
    $q = $site->signup(invitation => invite($site, roles => 'beta'));
    is_deeply Token::claims($q->{token})->{roles}, ['beta'], 'roles of an invitation';
    is uses($site), 0, 'it is used';
}

my $quiet = "AuthSMSLimit * off\n";
my %checks = (
    closed => [\&check_closed, "AuthSMSRegistration closed\n$quiet"],
    invite => [\&check_invite, "AuthSMSRegistration invite\n$quiet"],
    limit => [
        \&check_limit,
        "AuthSMSRegistration invite\n${quiet}AuthSMSLimit login/user 3/1h\n"
    ],
    race => [\&check_race, "AuthSMSRegistration invite\nAuthSMSValidation Off\n$quiet"],
    killed => [
        sub { check_race(@_, kill => 1) },
        "AuthSMSRegistration invite\nAuthSMSValidation Off\n$quiet", mpm => 'prefork'
    ],
    twice => [\&check_twice, "AuthSMSRegistration invite\n$quiet"],
    open => [\&check_open, $quiet],
);
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    for my $name (sort keys %checks) {
        my ($check, $server, @more) = @{ $checks{$name} };
        subtest "$name, $driver" => sub {
            my $site = Site->new(driver => $driver, pg => $pg, server => $server, @more);
            $site->httpd->expect_log(qr/exit signal Killed|AH00052/) if $name eq 'killed';
            $site->start;
            is $site->login(Site::person())->{status}, 401, 'the tables are there';
            $check->($site);
            $site->stop;
        };
    }
}
$pg->stop if $pg;
done_testing;
