# SPDX-License-Identifier: Apache-2.0
# The same registration sent twice at once: one account, and no conflict for either request.
use strict;
use warnings;
use lib 't/lib';
use Client;
use JSON::PP ();
use Postgres;
use Site;
use Test::More;

my $json = JSON::PP->new->canonical;

# The answers to bodies that are sent at the same moment.
sub at_once {
    my ($site, @bodies) = @_;
    my @sockets = map { $site->client->connect } @bodies;
    my @texts = map {
        my $body = $json->encode($_);
        "POST /app_api/user HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            . "Content-Type: application/json\r\nContent-Length: "
            . length($body)
            . "\r\n\r\n$body"
    } @bodies;
    # All but the last byte first, so that the requests start together.
    syswrite $sockets[$_], substr $texts[$_], 0, -1 for 0 .. $#sockets;
    syswrite $sockets[$_], substr $texts[$_], -1 for 0 .. $#sockets;
    return map { $site->client->receive($_, 'POST /app_api/user') } @sockets;
}

sub outcome { my ($r) = @_; return join ' ', $r->{status} // 'none', $r->{json}{code} // () }

sub double_clicks {
    my (%o) = @_;
    my $resend = delete $o{resend};
    my $site = Site->new(
        %o, children => 2,
        server => "AuthSMSLimit * off\nAuthSMSCode resend=$resend attempts=10"
    )->start;
    my (%outcomes, @wrong);
    for (1 .. 15) {
        my $person = Site::person();
        my @answers = at_once($site, $person, $person);
        $outcomes{ join ', ', sort map { outcome($_) } @answers }++;
        my %ids = map { $_->{json}{id} // 'none' => 1 } @answers;
        push @wrong, $json->encode([map { $_->{json} } @answers]) if keys %ids != 1 || $ids{none};
    }
    my @allowed = $resend ? '201, 429 rate_limited' : '201, 201';
    is_deeply [sort keys %outcomes], \@allowed,
        "the same registration twice at once: @allowed (resend=$resend)"
        or diag explain \%outcomes;
    is_deeply \@wrong, [], 'both responses have the same id';

    # Six at once. Texts may be logged in another order than their codes are stored.
    my $person = Site::person();
    my @answers = at_once($site, ($person) x 6);
    is scalar(grep { !/^(?:201|429 rate_limited)\z/ } map { outcome($_) } @answers), 0,
        'the same registration six times at once: 201 or 429'
        or diag explain [map { outcome($_) } @answers];
    my ($id) = map { $_->{json}{id} // () } @answers;
    my $number = Site::e164($person);
    my %codes = map { $_ => 1 } $site->httpd->error_log =~ /SMS to \Q$number\E: .*?code is (\d+)/g;
    my %verified;
    for my $code (sort keys %codes) {
        $verified{ outcome($site->api("/user/$id/verify", { code => $code })) }++;
        last if $verified{200};
    }
    is $verified{200}, 1, 'one of the texted codes verifies the account' or diag explain \%verified;
    is $site->login($person)->{status}, 200, 'login with the password: 200';
    $person = Site::person();
    my %first;
    for (1 .. 5) {
        my $other = Site::person();
        @answers = at_once($site, $other, { %$other, password => 'another password entirely' });
        $first{ join ', ', sort map { outcome($_) } @answers }++;
    }
    is_deeply [keys %first], ['201, 409 username_taken'], 'another password: 409 username_taken'
        or diag explain \%first;
    is $site->sql('SELECT count(*) FROM authsms_users'), 21, 'one account per username';
    $site->stop;
    return;
}

for my $resend (0, '30s') {
    subtest "sqlite, resend=$resend" => sub { double_clicks(resend => $resend) };
    subtest "postgresql, resend=$resend" => sub {
        plan skip_all => 'no PostgreSQL' unless Postgres::available();
        double_clicks(driver => 'pgsql', resend => $resend);
    };
}
done_testing;
