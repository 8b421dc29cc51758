# SPDX-License-Identifier: Apache-2.0
# auth=sigv4 with a libcurl that was built without it is a configtest error. It does not fail at the
# first text only.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use Test::More;

my $httpd = Httpd->new;
my $library = $httpd->dir . '/curl_without_sigv4.so';
plan skip_all => 'no C compiler'
    if system "cc -shared -fPIC -o $library t/lib/curl_without_sigv4.c";
$httpd->write('key', 'hex:' . '0123456789abcdef' x 4, 0600);

sub configtest {
    my ($auth, $env) = @_;
    local $httpd->{env} = $env;
    return $httpd->configtest("AuthSMSKey HS256 file:key\nAuthSMSSender http type=form "
            . "url=https://example.org/ body=a={to}&b={text} auth=$auth\n");
}

my $sigv4 = 'sigv4:eu-west-1:sns:AKIDEXAMPLE:file:key';
my %without = (LD_PRELOAD => $library);
my ($code, $out) = configtest($sigv4, \%without);
isnt $code, 0, 'without: rejected';
like $out,
    qr/AuthSMSSender: 'http': auth=sigv4 needs a libcurl with AWS Signature Version 4, which/,
    'the error';
like $out, qr/which \d\S+ was built without: install another libcurl, or use basic: or bearer:/,
    'the remedy';
unlike $out, qr/0123456789/, 'no secret';
($code, $out) = configtest('bearer:file:key', \%without);
is $code, 0, 'without, but bearer: accepted' or diag $out;
($code, $out) = configtest($sigv4, {});
is $code, 0, 'with: accepted' or diag $out;
$httpd->stop;
done_testing;
