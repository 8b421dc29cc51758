# SPDX-License-Identifier: Apache-2.0
# DELETE /users, POST /users/delete, POST /users/export: all data of an account, shown and gone.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP ();
use Postgres;
use Site;
use Test::More;

sub with { return ('Authorization', $_[0]) }

my @rows = map { "authsms_$_" } qw(codes sessions addresses outbox);

sub count_rows {
    my ($site, $id) = @_;
    return join ' ', map { $site->sql("SELECT count(*) FROM $_ WHERE user_id = '$id'") } @rows;
}

sub checks {
    my (%o) = @_;
    my $site = Site->new(
        %o,
        children => 3,
        server => "AuthSMSLimit * off\nAuthSMSUserCheck 1h\nAuthSMSCode resend=0\n"
            . "AuthSMSDelivery queued\nAuthSMSCookie authsms\n"
            . "AuthSMSTokenFrom header cookie:authsms\n"
    )->start;
    $site->httpd->expect_log(qr/refused: cross_origin/);
    my $bystander = $site->signup;
    my $person = $site->signup;
    my $token = $person->{token};
    my $number = Site::e164($person);
    my $delete = sub {
        my ($data, @h) = @_;
        my ($type, $body) = ('application/json', $data && JSON::PP::encode_json($data));
        return $site->client->request(
            'DELETE', '/app_api/users',
            [($data ? ('Content-Type' => $type) : ()), @h], $body
        );
    };

    # Everything that is stored, and no secret.
    $site->client->request(
        'PATCH', '/app_api/users',
        ['Content-Type' => 'application/json', with($token)], '{"smsmobile":"07700800001"}'
    );
    $site->login($person);
    my $r = $site->api('/users/export', { password => $person->{password} }, with($token));
    is $r->{status}, 200, 'export: 200' or diag $r->{raw};
    my %all = %{ $r->{json} };
    is_deeply [sort keys %all],
        [qw(account appPasswords factors msg sessions success texts)], 'its members';
    is $all{account}{$_}, $person->{$_}, "account.$_" for qw(id username smsmobile);
    is $all{account}{number}, $number, 'account.number';
    is $all{account}{pendingNumber}, '+447700800001', 'account.pendingNumber';
    is scalar @{ $all{sessions} }, 2, 'sessions';
    is_deeply $all{sessions}[0]{amr}, ['pwd'], 'sessions.amr';
    is $all{sessions}[0]{address}, '127.0.0.1', 'sessions.address';
    is_deeply [map { "$_->{kind} $_->{number}" } reverse @{ $all{texts} }],
        ["code $number", "welcome $number", 'mobile +447700800001'], 'texts';
    is_deeply $all{factors}, { sms => { enabled => JSON::PP::false() } }, 'factors';
    is_deeply $all{appPasswords}, [], 'appPasswords';
    my $hash = $site->sql("SELECT password FROM authsms_users WHERE id = '$person->{id}'");
    my $digest = $site->sql("SELECT digest FROM authsms_codes WHERE user_id = '$person->{id}'");
    ok index($r->{body}, $_) < 0, 'no secret' for $hash, $digest, $site->code_of($number);
    unlike $r->{body}, qr/\Q$bystander->{id}\E|\Q$bystander->{username}\E"/, 'of this account only';
    is $site->client->form_post('/app_api/users/export', {}, with($token))->{status}, 200,
        'export by a form: 200';

    # Deletion.
    is $delete->({ password => 'wrong' }, with($token))->{json}{code}, 'wrong_password',
        'a wrong password: 403';
    is $delete->({})->{json}{code}, 'no_token', 'no token: 401';
    is $delete->(
        {}, Cookie => 'authsms=' . ($token =~ s/^JWT //r),
        Origin => 'https://evil.example'
    )->{json}{code}, 'cross_origin', 'from another site: 403';
    is $site->client->get('/private/', with($token))->{status}, 200, 'the account is still there'
        for 1 .. 6;
    like count_rows($site, $person->{id}), qr/^1 2 [1-9]\d* [1-9]\d*$/, 'rows of every table';
    my $bystanders = count_rows($site, $bystander->{id});
    $r = $delete->(
        { password => $person->{password} },
        Cookie => 'authsms=' . ($token =~ s/^JWT //r)
    );
    is $r->{status}, 200, 'delete: 200' or diag $r->{raw};
    like $r->{headers}{'set-cookie'}[0] // '', qr/^authsms=;.*(?:Max-Age=0|1970)/i,
        'the cookie is cleared';
    is $site->sql("SELECT count(*) FROM authsms_users WHERE id = '$person->{id}'"), 0, 'no account';
    is count_rows($site, $person->{id}), '0 0 0 0', 'no rows';
    is $site->client->get('/private/', with($token))->{status}, 401,
        'its tokens are dead in every child' for 1 .. 12;
    is $site->client->get('/app_api/users', with($token))->{status}, 401, 'and for the API';
    is $site->login($person)->{json}{code}, 'bad_credentials', 'no login';
    is count_rows($site, $bystander->{id}), $bystanders, 'other accounts are untouched';
    my $again = Site::person();
    is $site->register({ %$again, username => $person->{username} })->{status}, 201,
        'the name is free';

    # Without a body, after a recent login; by POST; by a form.
    for (
        ['DELETE without a body', sub { $delete->(undef, with($_[0])) }],
        ['POST', sub { $site->api('/users/delete', {}, with($_[0])) }],
        ['a form', sub { $site->client->form_post('/app_api/users/delete', {}, with($_[0])) }],
    ) {
        my ($name, $ask) = @$_;
        my $other = $site->signup;
        is $ask->($other->{token})->{status}, 200, "$name: 200";
        is $site->sql("SELECT count(*) FROM authsms_users WHERE id = '$other->{id}'"), 0,
            "$name: no account";
    }
    my $other = $site->signup;
    my @sockets = map { $site->client->connect } 1 .. 6;
    syswrite $_,
        "DELETE /app_api/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        . "Authorization: $other->{token}\r\n\r\n"
        for @sockets;
    my %status =
        map { $site->client->receive($_, 'DELETE /app_api/users')->{status} => 1 } @sockets;
    ok $status{200} && !grep({ $_ != 200 && $_ != 401 } keys %status),
        'six deletions at once: ' . join ' ', sort keys %status;
    $site->stop;
    return;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { checks(driver => $driver, pg => $pg) };
}
$pg->stop if $pg;
done_testing;
