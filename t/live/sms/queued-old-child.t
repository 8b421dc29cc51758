# SPDX-License-Identifier: Apache-2.0
# A child from before a graceful restart lives on for a download: queued texts are sent by children
# with the new configuration.
use strict;
use warnings;
use lib 't/lib';
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $provider = Provider->start;
my $site = Site->new(
    children => 8, threads => 5,
    sender => 'AuthSMSSender ' . $provider->twilio =~
        s/token=[^"]+/token=0123456789abcdef0123456789abcdef/r,
    server => "StartServers 1\nAuthSMSDelivery queued\nAuthSMSTimeout 1s 2s\nAuthSMSLimit * off"
);
$site->httpd->write('htdocs/large', 'x' x 50_000_000);
$site->start;
my $download = $site->client->connect;
syswrite $download, "GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
sysread $download, my $begin, 1000;
sleep 1;    # for its background thread to be at work
$site->httpd->{conf} =~ s/token=0123456789abcdef0123456789abcdef/token=@{[$provider->token]}/;
$site->httpd->write('httpd.conf', $site->httpd->config);
$site->httpd->graceful;
my $right = 0;
for (1 .. 8) {
    my $person = Site::person();
    $site->register($person);
    $right++ if $provider->wait_for(sub { $_[0]->code_for(Site::e164($person)) }, 2);
}
is $right, 8, 'the old child sends no text';
is length($begin) + length $site->client->read_all($download),
    50_000_000 + index($begin, "\r\n\r\n") + 4, 'the old child finishes its download';
$site->stop;
$provider->stop;
done_testing;
