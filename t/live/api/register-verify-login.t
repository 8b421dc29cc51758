# SPDX-License-Identifier: Apache-2.0
# The flow of the original client: register, receive a code, verify, log in, read the account, open
# a protected page. On both databases and under all three MPMs.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Site;
use Test::More;

my $uuid = qr/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
my $date = qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

sub origin_flow {
    my ($site) = @_;
    my $c = $site->client;
    my $person = Site::person();
    my $form = { %$person, sms_id => '', code => '' };    # what the tutorial's client sends

    my $r = $site->api('/user', $form);
    is $r->{status}, 201, 'registered';
    is_deeply $r->{headers}{'content-type'}, ['application/json; charset=utf-8'],
        'Content-Type: JSON';
    is_deeply $r->{headers}{'cache-control'}, ['no-store'], 'Cache-Control: no-store';
    is_deeply $r->{headers}{'x-content-type-options'}, ['nosniff'],
        'X-Content-Type-Options: nosniff';
    ok $r->{json}{success}, 'success is true';
    my $id = $r->{json}{msg}{msg};
    like $id, $uuid, 'msg.msg is a UUID, version 7';
    is $r->{json}{id}, $id, 'id has the same value';

    $r = $site->login($person);
    is $r->{status}, 403, 'login before verification: status 403';
    is $r->{json}{code}, 'not_verified', 'code not_verified';
    is $r->{json}{id}, $id, 'the response has the id';

    $r = $site->api("/user/$id/verify", { %$form, sms_id => $id, code => '000000' });
    is $r->{status}, 422, 'wrong code: status 422';
    is $r->{json}{msg}, 'The token you entered was invalid - please retry.', 'msg of a wrong code';

    my $code = $site->code_of(Site::e164($person));
    like $code, qr/^\d{6}$/, 'the text has six digits';
    $r = $site->api("/user/$id/verify", { %$form, sms_id => $id, code => $code });
    is $r->{status}, 200, 'right code: status 200';
    is $r->{json}{msg}, 'You did it! Your signup is complete and you can now use the App :)',
        'msg of a right code';
    ok $site->httpd->wait_log(qr/SMS to \Q${\Site::e164($person)}\E: .*signed up/),
        'the welcome text is sent';
    is $site->api("/user/$id/verify", { code => $code })->{json}{code}, 'already_verified',
        'the code is accepted only once';

    $r = $site->api(
        '/authenticate',
        { username => $person->{username}, password => 'wrong password' }
    );
    is $r->{status}, 401, 'wrong password: status 401';
    my $unknown =
        $site->api('/authenticate', { username => 'nobody at all', password => 'wrong password' });
    is $unknown->{body}, $r->{body}, 'an unknown username and a wrong password return equal bodies';
    is $r->{json}{msg}, 'Authentication failed.', 'msg of a failed login';

    $r = $site->login($person);
    is $r->{status}, 200, 'login: status 200';
    is $r->{json}{msg}, '', 'msg is empty';
    is $r->{json}{expires_in}, 3600, 'expires_in is one hour';
    my $token = $r->{json}{token};
    like $token, qr/^JWT [\w-]+\.[\w-]+\.[\w-]+$/, 'token begins with its scheme';

    $r = $c->get('/app_api/users', Authorization => $token);
    is $r->{status}, 200, 'GET /users: status 200';
    my $account = $r->{json}{msg};
    is $account->{id}, $id, 'the id of the account';
    is $account->{username}, $person->{username}, 'the username';
    is $account->{smsmobile}, $person->{smsmobile},
        'smsmobile is the number as the user entered it';
    is $account->{countryCode}, '+44', 'countryCode';
    ok $account->{verified}, 'verified is true';
    like $account->{$_}, $date, "$_ is a date" for qw(createdAt updatedAt lastLogin);

    $r = $c->get('/private/', Authorization => $token);
    is $r->{body}, "protected page\n", 'a valid token gets the protected page';
    $r = $c->get('/private/');
    is $r->{status}, 401, 'no token: status 401';
    unlike $r->{body}, qr/protected page/, 'the 401 has no content of the page';
    is_deeply $r->{headers}{'www-authenticate'}, ['JWT realm="private"', 'Bearer realm="private"'],
        'challenges for JWT and Bearer';

    $r = $c->get('/cgi/env.cgi', Authorization => $token);
    like $r->{body}, qr/^REMOTE_USER=\Q$person->{username}\E$/m, 'REMOTE_USER is the username';
    like $r->{body}, qr/^AUTH_TYPE=JWT$/m, 'AUTH_TYPE is JWT';
    like $r->{body}, qr/^AUTHSMS_ID=$id$/m, 'AUTHSMS_ID is the id';
    like $r->{body}, qr/^AUTHSMS_CLAIM_id=$id$/m, 'AUTHSMS_CLAIM_id is the claim';
}

sub without_validation {
    my (%o) = @_;
    my $site = Site->new(%o, sender => '', server => 'AuthSMSValidation Off')->start;
    my $person = Site::person();
    my $r = $site->register($person);
    is $r->{status}, 201, 'AuthSMSValidation Off: registered';
    is $r->{json}{msg}{msg}, 'Account created (SMS validation false)', 'msg without validation';
    is $site->register($person)->{status}, 409, 'the same username again: status 409';
    is $site->login($person)->{status}, 200, 'login without a code';
    $site->stop;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    for my $mpm (qw(event worker prefork)) {
        subtest "$driver, $mpm" => sub {
            my $site = Site->new(driver => $driver, mpm => $mpm, pg => $pg)->start;
            origin_flow($site);
            $site->stop;
        };
    }
    subtest "$driver, validation off" => sub { without_validation(driver => $driver, pg => $pg) };
}
diag 'no PostgreSQL here: tested with SQLite only' unless $pg;
$pg->stop if $pg;

done_testing;
