# SPDX-License-Identifier: Apache-2.0
# Two servers, or virtual hosts, on one database with queued texts: neither delays the other's texts
# or sends them with its own sender.
use strict;
use warnings;
use lib 't/lib';
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $provider = Provider->start;
my @options = (sender => 'AuthSMSSender ' . $provider->twilio, children => 1);
my $more = "AuthSMSDelivery queued\nAuthSMSTimeout 1s 2s\nAuthSMSLimit * off\n";
my $first = Site->new(@options, server => "${more}AuthSMSAppName First")->start;
my $second = Site->new(
    @options, server => "${more}AuthSMSAppName Second",
    params => $first->httpd->dir . '/db/users.db'
)->start;
my $text = sub {
    my ($site, $name) = @_;
    my $person = Site::person();
    my $r = $site->register($person);
    is $r->{status}, 201, "$name: registered" or diag $r->{raw};
    return Site::e164($person);
};
my $came = sub {
    my ($number) = @_;
    return $provider->wait_for(sub {
        (grep { $_->{to} eq $number } $_[0]->texts)[0];
    });
};

for (1 .. 3) {
    like + ($came->($text->($first, 'one')) // {})->{body} // '', qr/First/, 'its text is sent';
    like + ($came->($text->($second, 'the other')) // {})->{body} // '', qr/Second/,
        'its text is sent';
}
$second->stop;
$first->stop;

my $hosts = Site->new(@options, server => $more);
for my $host (['one.test', '+15005550006'], ['two.test', '+15005550099']) {
    $hosts->httpd->{conf} .=
          "<VirtualHost *>\nServerName $host->[0]\nAuthSMSSender "
        . $provider->twilio($host->[1])
        . "\n</VirtualHost>\n";
}
$hosts->start;
for my $host (['one.test', '+15005550006'], ['two.test', '+15005550099']) {
    my $person = Site::person();
    $hosts->api('/user', $person, Host => $host->[0]);
    is + ($came->(Site::e164($person)) // {})->{from}, $host->[1], "$host->[0]: by its own sender";
}
$hosts->stop;

subtest 'virtual hosts with keys of their own' => sub {
    my $hosts = join '', map {
              "<VirtualHost *>\nServerName same.test\nServerAlias $_.test\nAuthSMSKey HS256 "
            . $_ x 12
            . "\n</VirtualHost>\n"
    } qw(one2 two3 six4);
    my $site = Site->new(@options, server => $more, locations => $hosts)->start;
    for my $host (qw(one2 two3 six4)) {
        my $person = Site::person();
        is $site->client->json_post('/app_api/user', $person, Host => "$host.test")->{status}, 201,
            "$host: registered";
        ok $came->(Site::e164($person)), 'its text is sent';
    }
    $site->stop;
};
$provider->stop;
done_testing;
