# SPDX-License-Identifier: Apache-2.0
# GET /openapi.json: the document and its headers. Fields have the types and limits that it says.
# (Each Client of the live tests holds responses to the document: t/lib/OpenApi.pm.)
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use OpenApi;
use Site;
use Test::More;

my $site = Site->new(server => "AuthSMSLimit * off\nAuthSMSAllowOrigin https://app.example.org\n"
        . 'AuthSMSLogin password sms')->start;
my $c = $site->client;
my $path = '/app_api/openapi.json';

subtest 'the document' => sub {
    my $r = $c->get($path);
    is $r->{status}, 200, 'status 200';
    my $served = $r->{json};
    my ($version) = do { local (@ARGV, $/) = 'configure.ac'; <> }
        =~ /AC_INIT\(\[\w+\], *\[([\d.]+)\]/;
    is delete $served->{info}{version}, $version, 'info.version is that of configure.ac';
    is_deeply delete $served->{servers}, [{ url => '/app_api' }],
        'servers: the path of the Location';
    my $made = OpenApiDocument::make();
    delete $made->{info}{version};
    delete $made->{servers};
    is_deeply $served, $made, 'all else is what tools/openapi.pl makes';
    unlike $c->request('GET', $path, [Host => 'evil.example'])->{body}, qr/evil/,
        'the response does not echo Host';
    is $c->request('HEAD', $path)->{headers}{'content-length'}[0], length $r->{body},
        'HEAD: the Content-Length of GET';
    is $c->request('POST', $path, [], '')->{status}, 405, 'POST: 405';
};

subtest 'caches' => sub {
    for my $document ($path, '/app_api/.well-known/jwks.json') {
        my ($tag) = @{ $c->get($document)->{headers}{etag} // [] };
        is $c->get($document)->{headers}{etag}[0], $tag, "$document: the ETag stays";
        my $same = $c->get($document, 'If-None-Match' => $tag);
        is $same->{status}, 304, 'If-None-Match with it: 304';
        is $same->{body}, '', 'without a body';
        is $same->{headers}{etag}[0], $tag, 'with the ETag';
        is $same->{headers}{'cache-control'}[0], 'public, max-age=300', 'and Cache-Control';
        is $c->get($document, 'If-None-Match' => "W/$tag, \"x\"")->{status}, 304,
            'among others, weak: 304';
        is $c->get($document, 'If-None-Match' => '"x"')->{status}, 200, 'with another: 200';
        my $unmet = $c->get($document, 'If-Match' => '"x"');
        is $unmet->{status}, 412, 'If-Match with another: 412';
        ok $unmet->{json}, 'as JSON';
    }
    my $r = $c->get($path, Origin => 'https://app.example.org');
    is $r->{headers}{'access-control-allow-origin'}[0], 'https://app.example.org',
        'an allowed origin may read it';
    is $r->{headers}{vary}[0], 'Origin', 'caches tell origins apart';
};

# A response to a body with these fields. A token is sent only where it is required: /logout would
# end its session.
my $person = $site->signup;

sub ask {
    my ($operation, $fields) = @_;
    my ($route, $method) = @$operation;
    $route =~ s/\{\w+\}/$person->{id}/;
    my @schemes = @{ $operation->[2]{security} };
    my $needs_token = @schemes && keys %{ $schemes[0] };
    return $c->request(
        uc $method, "/app_api$route",
        [
            'Content-Type' => 'application/json',
            $needs_token ? (Authorization => $person->{token}) : ()
        ],
        JSON::PP->new->utf8->canonical->encode($fields)
    );
}

subtest 'types of fields' => sub {
    my $api = OpenApi->new;
    my %sample = (
        string => 'x', integer => 7, number => 7.5, boolean => JSON::PP::true, object => {},
        array => []
    );
    my $fields = 0;
    for my $operation (OpenApiDocument::operations($api->{document})) {
        next if !$operation->[2]{requestBody} || $operation->[0] eq '/sms/status';
        my $content = $operation->[2]{requestBody}{content};
        my $schema = $api->resolve($content->{'application/json'}{schema});
        my $members = $schema->{properties};
        # Some fields are read only with others.
        my %required = map { $_ => 'x' } @{ $schema->{required} // [] };
        for my $name (grep { $_ ne 'token_type_hint' } sort keys %$members) {
            $fields++;
            my $type = $api->resolve($members->{$name})->{type};
            my %accepted = map { $_ => 1 } ref $type ? @$type : $type;
            my @wrong = grep {
                my $r = ask($operation, { %required, $name => $sample{$_} });
                my $is_bad = $r->{status} == 400 && $r->{json}{code} eq 'bad_request';
                $is_bad != !$accepted{$_}
            } sort keys %sample;
            is_deeply \@wrong, [], "$operation->[1] $operation->[0]: $name";
        }
    }
    cmp_ok $fields, '>', 30, 'fields were tested';
};

subtest 'the length of a username' => sub {
    my $longest = OpenApi->new->{document}{components}{schemas}{Username}{maxLength};
    for ([$longest, 201], [$longest + 1, 422]) {
        my ($length, $status) = @$_;
        is $site->register({ %{ Site::person() }, username => "\x{e9}" x $length })->{status},
            $status, "$length characters: $status";
    }
};

my $other = Site->new(server => 'AuthSMSPublicURL https://example.org/api/');
$other->httpd->{conf} =~ s{<Location "/app_api">}{<Location "/">};
$other->start;
my $r = $other->client->get('/openapi.json');
is_deeply $r->{json}{servers}, [{ url => 'https://example.org/api' }], 'servers: AuthSMSPublicURL';
isnt $r->{headers}{etag}[0], $c->get($path)->{headers}{etag}[0], 'which has its own ETag';
$other->stop;

$site->stop;
done_testing;
